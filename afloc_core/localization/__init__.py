"""From a Radiograph and a phrase to a Heatmap."""
