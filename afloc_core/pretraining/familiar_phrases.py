"""Phrases and pictures by which it is measured what a model says it knows; only data."""

from __future__ import annotations

LAY = (
    *("fluid in the chest", "water around the left lung", "lung cancer", "broken ribs", "enlarged heart"),
    *("big heart", "right upper lobe mass", "pleural effusion", "spots on both lungs", "air in the chest"),
    *("collapsed left lung", "infection in the right lung", "pneumonia", "tumour in the left lung"),
    *("tube in the windpipe", "heart is too large", "scar on the lung", "shadow on the right lung"),
    *("multiple lung masses", "cardiac failure", "rib fractures on the left", "pacemaker wires"),
    *("the left lung is white", "fluid level", "right-sided pleural fluid", "metastases", "bilateral infiltrates"),
    *("pneumonia left lower lobe", "swollen heart", "lump in the left lung", "is there a broken rib"),
    *("feeding tube", "chest drain on the right", "fluid at the bottom of the lung", "cloudy right lung"),
    *("spot on the lung", "heart failure", "scarring at the top of the lung", "drain in the left chest"),
    *("where is the pacemaker",),
)
"""What people without training type for findings the model was taught."""

UNTAUGHT = (
    *("widened mediastinum", "bronchiectasis", "sarcoidosis", "tuberculosis", "kerley b lines", "lung abscess"),
    *("free air under the diaphragm", "pneumoperitoneum", "aortic aneurysm", "hilar lymph nodes", "honeycombing"),
    *("ground glass opacity", "scoliosis", "clavicle fracture", "tracheal deviation", "air bronchogram"),
    *("calcified granuloma", "subcutaneous emphysema", "dialysis catheter", "cavity in the upper lobe"),
)
"""Radiological phrases about what the simulation does not draw."""

UNRELATED = (
    *("banana", "blue car", "quarterly report", "football match", "violin concerto", "my favourite holiday"),
    *("interest rate", "chocolate cake", "train station", "wooden table", "the cat sat on the mat", "tax return"),
    *("software update", "garden hose", "summer dress", "coffee cup", "president of the republic", "ocean waves"),
    *("guitar solo", "red bicycle", "how are you today", "good morning", "income statement", "a bowl of soup"),
    *("traffic light", "dog food", "mountain hiking", "python programming", "stock market crash"),
    *("wedding invitation", "ice cream", "library card", "keyboard", "airplane ticket", "tomato sauce"),
    *("swimming pool", "pair of shoes", "movie theatre", "snowy evening", "rabbit", "the quick brown fox"),
    *("weather forecast", "hello world", "golden retriever", "cheese sandwich", "electric guitar"),
    *("newspaper headline", "grammar lesson", "bank account", "purple umbrella", "rocket launch", "sofa cushion"),
    *("shopping list", "alphabet", "kitchen sink", "river boat", "birthday party", "paris", "xyzzy"),
    *("lorem ipsum dolor sit amet",),
)
"""Phrases that have nothing to do with radiographs."""

PICTURES = (
    *("camera", "coins", "text", "page", "moon", "brick", "grass", "gravel"),
    *("coffee", "astronaut", "chelsea", "rocket", "clock", "cell", "horse"),
)
"""Photographs and textures, by their names in ``skimage.data``; all are part of the installed package."""
