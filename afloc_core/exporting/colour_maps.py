"""Perceptual colour maps for heat: brightness rises with the value, and nothing depends on telling red from green.

The tables are inferno, magma, viridis and cividis by their authors (Smith, van der Walt, Nuñez et al.; CC0), every
fifth entry of 256.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ANCHORS = {
    "inferno": (
        "00000402020c0504170a072210092d160b391e0c45260c512f0a5b380962400a67490b6a510e6c59106e61136e69166e"
        "71196e781c6d801f6c88226a902568982766a02a63a82e5fb0315bb73557bf3952c63d4dcc4248d34743d94d3ddf5337"
        "e45a31e9612bed6925f1711ff47918f78212f98b0bfa9407fb9d07fca60cfcb014fbba1ffac42af8cd37f6d746f4e156"
        "f2ea69f2f27df5f992fcffa4"
    ),
    "magma": (
        "00000402020b0504160907200e0b2b140e361a104221114e29115a311165390f6e420f754a107952137c5a167e621980"
        "6a1c81721f81792282812581892881912b81992d80a1307eaa337db2357bba3878c23b75ca3e72d2426fd9466be04c67"
        "e75263ec5860f1605df4695cf7725cf97b5dfb8560fc8e64fd9869fea16efeaa74feb47bfebd82fec68afecf92fed89a"
        "fde2a3fdebacfcf4b6fcfdbf"
    ),
    "viridis": (
        "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a3a538b38598c355e8d"
        "33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d20928c1f978b1e9c891fa18821a58524aa83"
        "28ae802eb37c35b7793dbc7446c06f50c46a5ac86465cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11f"
        "d8e219e5e419f1e51dfde725"
    ),
    "cividis": (
        "00204d00245500275e002b67002e6f00316f00356e12386d1f3c6d28406c30436c36476b3d4a6b424e6b48526b4d556c"
        "52596c575c6d5b606e60646f646770696b716d6e727272747676767a7a787f7d788481798885798d8979928d78979178"
        "9c9577a19976a69d75aca174b1a573b6a971bbae6fc1b26dc6b66bccbb69d1bf66d7c463dcc860e2cd5ce8d259edd654"
        "f3db4ff9e04affe544ffea46"
    ),
}

NAMES: tuple[str, ...] = tuple(_ANCHORS)


@lru_cache(maxsize=len(_ANCHORS))
def colours(name: str) -> NDArray[np.uint8]:
    """Return the 256 colours of a map, from cold to hot.

    Parameters
    ----------
    name : str
        One of ``NAMES``.

    Returns
    -------
    ndarray of uint8, shape (256, 3)
        Red, green, blue; read-only. Within three grey levels of the published table.
    """
    anchors = np.frombuffer(bytes.fromhex(_ANCHORS[name]), dtype=np.uint8).reshape(-1, 3)
    at = np.linspace(0.0, 1.0, len(anchors))
    steps = np.linspace(0.0, 1.0, 256)
    exact = np.stack([np.interp(steps, at, anchors[:, channel]) for channel in range(3)], axis=1)
    table: NDArray[np.uint8] = np.rint(exact).astype(np.uint8)
    table.setflags(write=False)
    return table
