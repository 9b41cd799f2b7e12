"""What moves: cars, trucks, people, cones; from an actor to its mesh."""
