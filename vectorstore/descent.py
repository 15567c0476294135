"""Gradient descent by Adam (D. Kingma and J. Ba, arXiv 1412.6980)."""

from __future__ import annotations

import numpy as np

from vectorstore.bags import Matrix


class Adam:
    """Moves a matrix down a slope, in place."""

    def __init__(self, target: Matrix, rate: float) -> None:
        self._target = target
        self._rate = rate
        self._mean = np.zeros_like(target)
        self._square = np.zeros_like(target)
        self._count = 0

    def move(self, slope: Matrix) -> None:
        """Take one step; ``slope`` has the shape of the matrix."""
        self._count += 1
        self._mean += 0.1 * (slope - self._mean)
        self._square += 0.001 * (slope * slope - self._square)
        mean = self._mean / (1 - 0.9**self._count)
        square = self._square / (1 - 0.999**self._count)
        self._target -= self._rate * mean / (np.sqrt(square) + 1e-8)
