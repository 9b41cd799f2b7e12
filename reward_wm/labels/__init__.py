"""Labels for the reward world model: ``propose`` candidates, let the exact scorer judge them
(``collect``), join them with what was seen (``LabelledDataset``)."""
