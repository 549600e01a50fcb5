"""How a model is made from image-report pairs; the bundled one was made with it."""
