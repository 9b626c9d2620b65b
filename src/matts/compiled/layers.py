"""A dense and an LSTM layer, forward and backward, B windows at once.

Weights are kept as [in, out], so that products run along memory. `g` has the fields of `w` and
takes the gradients; `d_x` stands for dL/dx. The four gates i, f, g, o stand side by side in
4H columns, and the LSTM has two biases, as in `torch.nn.LSTM`.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

REAL = np.float32
Array = NDArray[np.float32]
Trace = tuple[Array, Array, Array, Array]  # gates [T, B, 4H]; cells, tanh of them, states [T, B, H]

ZERO, HALF, ONE = REAL(0), REAL(0.5), REAL(1)
FAST: dict[str, Any] = {"fastmath": True, "error_model": "numpy"}
# A part becomes one with the epoch that calls it. Else the process that compiles would run other
# code than those that load it from disk, and its sums would end in other digits.
PART: dict[str, Any] = {"forceinline": True, **FAST}

# tanh as a quotient of polynomials, right to 3e-7; the coefficients are those of Eigen's float tanh
EDGE = REAL(7.90531110763549805)  # further out it is 1
P1, P3, P5 = REAL(4.89352455891786e-3), REAL(6.37261928875436e-4), REAL(1.48572235717979e-5)
P7, P9 = REAL(5.12229709037114e-8), REAL(-8.60467152213735e-11)
P11, P13 = REAL(2.00018790482477e-13), REAL(-2.76076847742355e-16)
Q0, Q2 = REAL(4.89352518554385e-3), REAL(2.26843463243900e-3)
Q4, Q6 = REAL(1.18534705686654e-4), REAL(1.19825839466702e-6)


class Dense(NamedTuple):
    """A dense layer from D to M."""

    w: Array  # [D, M]
    b: Array  # [M]


class Lstm(NamedTuple):
    """An LSTM layer from D to H."""

    x: Array  # [D, 4H]
    h: Array  # [H, 4H]
    b: Array  # [4H]
    c: Array  # [4H], its gradient is that of b


@njit(**PART)
def tanh(x: np.float32) -> np.float32:
    """Unlike the C library's, it works on many numbers at once."""
    x = min(max(x, -EDGE), EDGE)
    q = x * x
    odd = x * ((((((P13 * q + P11) * q + P9) * q + P7) * q + P5) * q + P3) * q + P1)
    return odd / (((Q6 * q + Q4) * q + Q2) * q + Q0)


@njit(**PART)
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x))."""
    return HALF + HALF * tanh(HALF * x)


@njit(**PART)
def add(total: Array, part: Array) -> None:
    """[R, M] += [R, M]."""
    for r in range(total.shape[0]):
        for j in range(total.shape[1]):
            total[r, j] += part[r, j]


@njit(**PART)
def add_bias(rows: Array, bias: Array) -> None:
    """[R, M] += [M]."""
    for r in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[r, j] += bias[j]


@njit(**PART)
def sum_rows(rows: Array, total: Array) -> None:
    """[R, M] -> [M]."""
    total[:] = ZERO
    for r in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            total[j] += rows[r, j]


@njit(**PART)
def dense_forward(x: Array, w: Dense) -> Array:
    """[R, D] -> x W + b [R, M]."""
    y = np.dot(x, w.w)
    add_bias(y, w.b)
    return y


@njit(**PART)
def dense_backward(x: Array, d_y: Array, w: Dense, g: Dense) -> Array:
    """[R, D], [R, M] -> d_x [R, D]."""
    np.dot(x.T, d_y, g.w)
    sum_rows(d_y, g.b)
    return np.dot(d_y, w.w.T)


@njit(**PART)
def project(x: Array, w: Lstm) -> Array:
    """What inputs add to the gates, x W + b: [R, D] -> [R, 4H]."""
    gates = np.dot(x, w.x)
    add_bias(gates, w.b)
    add_bias(gates, w.c)
    return gates


@njit(**PART)
def activate(gates: Array, recurrent: Array, stretch: Array) -> None:
    """Sigmoid of i, f and o, tanh of g: s tanh(s x) + 1 - s, with s = 1/2 or 1; all [B, 4H]."""
    for b in range(gates.shape[0]):
        for j in range(gates.shape[1]):
            s = stretch[j]
            gates[b, j] = s * tanh(s * (gates[b, j] + recurrent[b, j])) + (ONE - s)


@njit(**PART)
def squash(cells: Array, bounded: Array) -> None:
    """The tanh of every number: [B, H] -> [B, H]."""
    given, taken = cells.reshape(-1), bounded.reshape(-1)
    for i in range(len(given)):
        taken[i] = tanh(given[i])


@njit(**PART)
def lstm_forward(gates: Array, w: Lstm) -> Trace:
    """Run from a zero state over projected inputs [T, B, 4H], which become activations."""
    steps, batch, size = gates.shape[0], gates.shape[1], w.h.shape[0]
    cells = np.empty((steps, batch, size), REAL)
    bounded, states = np.empty_like(cells), np.empty_like(cells)
    recurrent, stretch = np.zeros((batch, 4 * size), REAL), np.full(4 * size, HALF)
    for j in range(2 * size, 3 * size):
        stretch[j] = ONE
    for t in range(steps):
        if t > 0:
            np.dot(states[t - 1], w.h, recurrent)
        activate(gates[t], recurrent, stretch)
        for b in range(batch):
            for j in range(size):
                before = cells[t - 1, b, j] if t > 0 else ZERO
                cells[t, b, j] = (
                    gates[t, b, j] * gates[t, b, 2 * size + j] + gates[t, b, size + j] * before
                )
        squash(cells[t], bounded[t])
        for b in range(batch):
            for j in range(size):
                states[t, b, j] = gates[t, b, 3 * size + j] * bounded[t, b, j]
    return gates, cells, bounded, states


@njit(**PART)
def through_time(trace: Trace, d_states: Array, w: Lstm) -> Array:
    """From dL/dh as it comes from above, [T, B, H], to dL/d(x W + b), [T, B, 4H]."""
    gates, cells, bounded, _ = trace
    steps, batch, size = cells.shape
    d_gates = np.empty_like(gates)
    recurrent = np.zeros((batch, size), REAL)
    d_cells = np.zeros((batch, size), REAL)
    for t in range(steps - 1, -1, -1):
        if t < steps - 1:
            np.dot(d_gates[t + 1], w.h.T, recurrent)
        for b in range(batch):
            for j in range(size):
                i, f = gates[t, b, j], gates[t, b, size + j]
                g, o = gates[t, b, 2 * size + j], gates[t, b, 3 * size + j]
                before = cells[t - 1, b, j] if t > 0 else ZERO
                d_h, r = d_states[t, b, j] + recurrent[b, j], bounded[t, b, j]
                d_c = d_cells[b, j] + d_h * o * (ONE - r * r)
                d_gates[t, b, j] = d_c * g * i * (ONE - i)
                d_gates[t, b, size + j] = d_c * before * f * (ONE - f)
                d_gates[t, b, 2 * size + j] = d_c * i * (ONE - g * g)
                d_gates[t, b, 3 * size + j] = d_h * r * o * (ONE - o)
                d_cells[b, j] = d_c * f
    return d_gates


@njit(**PART)
def lstm_backward(trace: Trace, d_states: Array, w: Lstm, g: Lstm) -> Array:
    """[T, B, H] -> dL/d(x W + b) [T, B, 4H]; the gradient of W, `g.x`, is left to who knows x."""
    d_gates, states = through_time(trace, d_states, w), trace[3]
    steps, batch, size = states.shape
    flat = d_gates.reshape(steps * batch, 4 * size)
    before = states[:-1].reshape((steps - 1) * batch, size)
    np.dot(before.T, flat[batch:], g.h)
    sum_rows(flat, g.b)
    sum_rows(flat, g.c)
    return d_gates
