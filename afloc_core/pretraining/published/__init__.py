"""The published training recipe: image-report pairs, ResNet-50, Bio_ClinicalBERT, three contrasts."""
