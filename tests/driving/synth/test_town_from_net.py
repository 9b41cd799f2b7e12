"""The town's static half: a graph without gaps, areas without seams."""

import numpy as np
import shapely
from shapely.ops import unary_union

from driving.synth.town import LaneEdge, Turn


def test_connectors_join_the_end_of_a_lane_to_the_start_of_another(toy_stage):
    town = toy_stage.stage.town
    assert town.connectors
    for connector in town.connectors.values():
        start, end = town.lanes[connector.from_lane], town.lanes[connector.to_lane]
        np.testing.assert_allclose(connector.centre[0], start.centre[-1], atol=1e-6)
        np.testing.assert_allclose(connector.centre[-1], end.centre[0], atol=1e-6)
        assert town.groups[start.group_id].to_junction == connector.junction_id
        assert town.groups[end.group_id].from_junction == connector.junction_id


def test_turns_are_what_they_are_called(toy_stage):
    town = toy_stage.stage.town
    for connector in town.connectors.values():
        start, end = (town.lanes[i].centre for i in (connector.from_lane, connector.to_lane))
        before, after = start[-1] - start[-3], end[2] - end[0]
        cross = before[0] * after[1] - before[1] * after[0]
        if connector.turn is not Turn.STRAIGHT:
            assert (cross > 0) == (connector.turn is Turn.LEFT)


def test_centre_lines_are_dense_enough_for_reactive_traffic(toy_stage):
    town = toy_stage.stage.town
    for line in [*town.lanes.values(), *town.connectors.values()]:
        steps = np.hypot(*np.diff(line.centre, axis=0).T)
        assert len(line.centre) >= 5
        assert steps.max() <= 1.05 and steps.min() > 0.01


def test_there_is_no_seam_between_lanes_and_junctions(toy_stage):
    town = toy_stage.stage.town
    area = unary_union(
        [*(g.polygon for g in town.groups.values()), *(j.polygon for j in town.junctions.values())]
    )
    for connector in town.connectors.values():
        points = np.concatenate([town.lanes[connector.from_lane].centre[-6:], connector.centre])
        assert shapely.contains_xy(area, points).all(), connector.id


def test_lanes_are_numbered_and_painted_from_the_left(toy_stage):
    town = toy_stage.stage.town
    for group in town.groups.values():
        lanes = [town.lanes[i] for i in group.lane_ids]
        assert [lane.index for lane in lanes] == list(range(len(lanes)))
        assert lanes[0].left_edge is LaneEdge.DOUBLE_YELLOW
        assert lanes[-1].right_edge is (LaneEdge.KERB if group.parking is None else LaneEdge.SOLID)


def test_every_signalled_lane_has_a_head_that_faces_it(toy_stage):
    stage = toy_stage.stage
    signalled = {c.from_lane for c in stage.town.connectors.values() if c.signal}
    assert {head.lane_id for head in stage.town.signal_heads} == signalled
    for head in stage.town.signal_heads:
        lane = stage.town.lanes[head.lane_id]
        forward = lane.centre[-1] - lane.centre[-2]
        assert forward @ [np.cos(head.heading), np.sin(head.heading)] < 0
        assert not shapely.contains_xy(stage.town.road_surface, *head.pole_xy)
    states = stage.signal_states(100)
    assert set(states) == {head.id for head in stage.town.signal_heads}
    assert set(states.values()) <= {"r", "y", "g"}
