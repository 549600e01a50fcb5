"""How well a map or a mark agrees with a mark: measures that never see a screen pixel and never import torch."""
