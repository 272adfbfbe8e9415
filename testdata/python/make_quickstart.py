#!/usr/bin/env python3
"""Makes the telemetry that examples/quickstart reads: an adaptive-optics loop, simulated.

    python testdata/python/make_quickstart.py [--out DIR] [--tag TAG]

Needs numpy only. Random numbers come from one fixed seed per tag, so a second run makes
the same files, but for the last bit of a float32, where another BLAS adds in another order.

For each tag it writes a folder

    slopes.npy         (frames, slopes) float32, C order        arcsec   what the wavefront sensor measured
    commands.npy       (frames, modes)  float32, Fortran order  nm       what the mirror was told, RMS wavefront
    reconstructor.npy  (modes, slopes)  float32, C order        nm/arcsec
    metadata.json      loop rate, geometry, digests of the arrays, and what the model was given

The model
---------
Telescope and sensor. A pupil of diameter D = 8.222 m with an obstruction of 0.111 D is
divided into 10 x 10 square subapertures; those lit by more than half are used. A
subaperture measures the mean gradient of the wavefront over its square, in x and in y:
first all x slopes, then all y slopes, row by row.

Modes. Zernike polynomials j = 2..55 in Noll's order and norm, so that a coefficient is
nm RMS of wavefront over the (unobstructed) pupil [1].

Turbulence. Frozen layers that the wind carries over the telescope. Each is a sum of plane
waves whose spatial frequencies f fill the plane at random, evenly in log f, with complex
normal amplitudes whose variance is the von Karman spectrum

    W(f) = 0.0229 r0^(-5/3) (f^2 + L0^-2)^(-11/6)    rad^2 m^2 at 500 nm, f in cycles/m

times the area each stands for. The mean gradient over a square of side d is then known
exactly for each wave:

    2 pi i f_x sinc(f_x d) sinc(f_y d) exp(2 pi i f.(x + V t)) sinc(f.V T)

where the last factor is the exposure of T = 1/rate. No grid of phase points is needed, and
all that [2] derives for temporal spectra follows of itself: power ~ flat below, and
f^(-17/3) above the cut-off 0.3 (n+1) V/D of radial order n; modes beyond 55 alias.

Vibration. A damped oscillator driven by white noise, as one structure of the telescope
makes it [3]: a line at frequency f0 with full width 2 zeta f0 at half maximum, added to
tip and tilt in one direction.

Loop. Slopes are s[k] = turbulence + vibration - I m[k] + offset + noise, with I the
interaction matrix of the modes and white noise. R, the pseudo-inverse of I, is the
reconstructor, and the loop integrates with gain g and a delay of two frames:

    c[k] = c[k-1] + g R (s[k] - offset),    m[k] = c[k-2]

The offset keeps an aberration that the science camera has and the sensor does not; a
sensor held there shows it as its mean slopes.

[1] R. J. Noll, J. Opt. Soc. Am. 66, 207 (1976)
[2] J.-M. Conan, G. Rousset, P.-Y. Madec, J. Opt. Soc. Am. A 12, 1559 (1995)
[3] S. Meimon, C. Petit, T. Fusco, C. Kulcsar, J. Opt. Soc. Am. A 27, A122 (2010)
"""

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass
from math import factorial, pi
from pathlib import Path

import numpy as np

ARCSEC = pi / 180 / 3600  # rad
WAVELENGTH = 500e-9  # m, where seeing and r0 are given

DIAMETER = 8.222  # m
OBSTRUCTION = 0.111  # of the diameter
SUBAPERTURES = 10  # across the diameter
SIDE = DIAMETER / SUBAPERTURES  # m
MODES = 54  # Noll's j = 2..55: radial orders 1 to 9, all that this sensor sees well
RATE = 500.0  # Hz
FRAMES = 3000
DELAY = 2  # frames

WAVES = 2048  # plane waves per layer
LOWEST, HIGHEST = 1e-3, 10.0  # their spatial frequencies, cycles/m


@dataclass(frozen=True)
class Layer:
    fraction: float  # of the turbulence
    wind_m_per_s: float
    direction_deg: float


@dataclass(frozen=True)
class Vibration:
    frequency_hz: float
    damping: float  # zeta; the line is 2 zeta f0 wide at half maximum
    rms_nm: float  # over the record
    direction_deg: float  # 0 is tip (mode 2), 90 is tilt (mode 3)


@dataclass(frozen=True)
class Model:
    seed: int
    seeing_arcsec: float  # 0.98 lambda / r0
    outer_scale_m: float
    layers: tuple[Layer, ...]
    vibration: Vibration
    noise_arcsec: float  # RMS of one slope
    gain: float

    @property
    def r0_m(self) -> float:
        return 0.98 * WAVELENGTH / (self.seeing_arcsec * ARCSEC)


TAGS = {
    "LBTISX20240410_112233": Model(  # an average night
        seed=1, seeing_arcsec=0.85, outer_scale_m=25.0,
        layers=(Layer(0.6, 8, 20), Layer(0.25, 14, 65), Layer(0.15, 24, 110)),
        vibration=Vibration(13.4, 0.02, 110.0, 30.0), noise_arcsec=0.020, gain=0.40),
    "LBTISX20240410_114502": Model(  # the seeing is good, the telescope shakes
        seed=2, seeing_arcsec=0.60, outer_scale_m=30.0,
        layers=(Layer(0.7, 5, 200), Layer(0.2, 11, 240), Layer(0.1, 18, 260)),
        vibration=Vibration(24.7, 0.01, 240.0, 80.0), noise_arcsec=0.015, gain=0.40),
    "LBTISX20240411_031718": Model(  # wind from the front, and a faint star
        seed=3, seeing_arcsec=1.20, outer_scale_m=22.0,
        layers=(Layer(0.55, 13, 310), Layer(0.3, 22, 330), Layer(0.15, 33, 285)),
        vibration=Vibration(18.1, 0.015, 160.0, 10.0), noise_arcsec=0.045, gain=0.30),
}


def subapertures() -> np.ndarray:
    """Centers of the subapertures in use, (n, 2), in m from the middle of the pupil."""
    fine = 20  # points across each, to see how much of it is lit
    grid = (np.arange(SUBAPERTURES * fine) + 0.5) / fine - SUBAPERTURES / 2
    radius = np.hypot(grid[:, None], grid[None, :]) / (SUBAPERTURES / 2)
    lit = (radius <= 1) & (radius >= OBSTRUCTION)
    lit = lit.reshape(SUBAPERTURES, fine, SUBAPERTURES, fine).mean(axis=(1, 3))
    row, column = np.nonzero(lit > 0.5)
    return (np.stack([column, row], axis=1) + 0.5 - SUBAPERTURES / 2) * SIDE


def noll(j: int) -> tuple[int, int]:
    """Radial order n and signed azimuthal order m of Noll's mode j; sine where m < 0."""
    n, rest = 0, j - 1
    while rest > n:
        n += 1
        rest -= n
    m = n % 2 + 2 * ((rest + (n + 1) % 2) // 2)
    return n, m if j % 2 == 0 else -m


def zernike(j: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Noll's mode j at points in units of the pupil's radius; RMS 1 over the unit disk."""
    n, m = noll(j)
    rho, angle = np.hypot(x, y), np.arctan2(y, x)
    radial = sum(
        (-1) ** k * factorial(n - k)
        / (factorial(k) * factorial((n + abs(m)) // 2 - k) * factorial((n - abs(m)) // 2 - k))
        * rho ** (n - 2 * k)
        for k in range((n - abs(m)) // 2 + 1))
    if m == 0:
        return np.sqrt(n + 1) * radial
    turn = np.cos(m * angle) if m > 0 else np.sin(-m * angle)
    return np.sqrt(2 * (n + 1)) * radial * turn


def interaction(centers: np.ndarray) -> np.ndarray:
    """Slopes of each mode, (slopes, modes), in arcsec/nm.

    The mean of a derivative over a square is the difference of the means over two sides.
    """
    points, weights = np.polynomial.legendre.leggauss(8)  # exact to degree 15
    along, weights = points * SIDE / 2, weights / 2
    cx, cy = centers[:, :1], centers[:, 1:]
    columns = []
    for j in range(2, MODES + 2):
        def mean(x, y):
            return zernike(j, x / (DIAMETER / 2), y / (DIAMETER / 2)) @ weights
        flat = np.zeros_like(along)
        in_x = mean(cx + SIDE / 2 + flat, cy + along) - mean(cx - SIDE / 2 + flat, cy + along)
        in_y = mean(cx + along, cy + SIDE / 2 + flat) - mean(cx + along, cy - SIDE / 2 + flat)
        columns.append(np.concatenate([in_x, in_y]) / SIDE * 1e-9 / ARCSEC)
    return np.stack(columns, axis=1)


def turbulence(model: Model, centers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slopes of the open air, (frames, slopes), in arcsec."""
    times = np.arange(FRAMES) / RATE
    slopes = np.zeros((FRAMES, 2 * len(centers)))
    for layer in model.layers:
        step = np.log(HIGHEST / LOWEST) / WAVES
        f = LOWEST * np.exp(step * (np.arange(WAVES) + rng.random(WAVES)))
        angle = 2 * pi * rng.random(WAVES)
        fx, fy = f * np.cos(angle), f * np.sin(angle)
        wind = np.deg2rad(layer.direction_deg)
        passing = layer.wind_m_per_s * (fx * np.cos(wind) + fy * np.sin(wind))  # Hz

        spectrum = layer.fraction * 0.0229 * model.r0_m ** (-5 / 3) * (f**2 + model.outer_scale_m**-2) ** (-11 / 6)
        area = 2 * pi * f**2 * step
        # The real part of a complex normal number has half its variance.
        amplitude = np.sqrt(spectrum * area) * (rng.standard_normal(WAVES) + 1j * rng.standard_normal(WAVES))
        amplitude *= WAVELENGTH / (2 * pi)  # rad to m
        amplitude *= np.sinc(fx * SIDE) * np.sinc(fy * SIDE) * np.sinc(passing / RATE)

        at = np.exp(2j * pi * (centers @ np.stack([fx, fy])))  # (subapertures, waves)
        when = np.exp(2j * pi * np.outer(times, passing)) * amplitude  # (frames, waves)
        slopes += np.concatenate([(when @ (at * (2j * pi * g)).T).real for g in (fx, fy)], axis=1)
    return slopes / ARCSEC


def vibration(model: Model, rng: np.random.Generator) -> np.ndarray:
    """Tip and tilt of the shaking telescope, (frames, modes), in nm."""
    v = model.vibration
    omega, settle = 2 * pi * v.frequency_hz / RATE, FRAMES
    a1 = 2 * np.exp(-v.damping * omega) * np.cos(omega * np.sqrt(1 - v.damping**2))
    a2 = -np.exp(-2 * v.damping * omega)
    drive = rng.standard_normal(settle + FRAMES)
    x = np.zeros(settle + FRAMES)
    for k in range(2, len(x)):
        x[k] = a1 * x[k - 1] + a2 * x[k - 2] + drive[k]
    # Seconds are too short for the mean strength of a narrow line: make it the one given.
    x = x[settle:] * v.rms_nm / x[settle:].std()
    modes = np.zeros((FRAMES, MODES))
    direction = np.deg2rad(v.direction_deg)
    modes[:, 0] = np.cos(direction) * x
    modes[:, 1] = np.sin(direction) * x
    return modes


def close_loop(model: Model, disturbance: np.ndarray, matrix: np.ndarray, recon: np.ndarray,
               rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Slopes (frames, slopes) in arcsec and commands (frames, modes) in nm."""
    static = np.zeros(MODES)
    static[2:12] = rng.normal(0, 40, 10)  # nm, from defocus on
    offset = matrix @ static
    noise = model.noise_arcsec * rng.standard_normal(disturbance.shape)
    slopes = np.zeros((FRAMES, len(matrix)))
    commands = np.zeros((FRAMES, MODES))
    # The record starts with the loop already closed on the first frame's wavefront.
    before = recon @ disturbance[0]
    for k in range(FRAMES):
        mirror = commands[k - DELAY] if k >= DELAY else before
        slopes[k] = disturbance[k] - matrix @ mirror + offset + noise[k]
        last = commands[k - 1] if k >= 1 else before
        commands[k] = last + model.gain * (recon @ (slopes[k] - offset))
    return slopes, commands


def write(folder: Path, tag: str, model: Model, arrays: dict[str, tuple[np.ndarray, str, list[str]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, (array, unit, axes) in arrays.items():
        np.save(folder / name, array)
        content = (folder / name).read_bytes()
        files[name] = {"unit": unit, "axes": axes, "sha256": hashlib.sha256(content).hexdigest()}
        print(f"{folder / name}  {array.shape} {array.dtype} {len(content):,} bytes")
    metadata = {
        "tag": tag,
        "about": "simulated by testdata/python/make_quickstart.py of dataelab",
        "loop_rate_hz": RATE,
        "delay_frames": DELAY,
        "diameter_m": DIAMETER,
        "obstruction": OBSTRUCTION,
        "files": files,
        "model": {"r0_m": round(model.r0_m, 5), **asdict(model)},
    }
    (folder / "metadata.json").write_text(json.dumps(metadata, indent=2) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Makes the telemetry that examples/quickstart reads.")
    parser.add_argument("--out", type=Path, default=here.parents[1] / "examples" / "quickstart" / "telescope")
    parser.add_argument("--tag", choices=list(TAGS), help="only this one")
    args = parser.parse_args()

    centers = subapertures()
    matrix = interaction(centers)
    recon = np.linalg.pinv(matrix)
    for tag, model in TAGS.items():
        if args.tag in (None, tag):
            rng = np.random.default_rng(model.seed)
            disturbance = turbulence(model, centers, rng) + vibration(model, rng) @ matrix.T
            slopes, commands = close_loop(model, disturbance, matrix, recon, rng)
            write(args.out / tag, tag, model, {
                "slopes.npy": (slopes.astype(np.float32), "arcsec", ["frame", "slope"]),
                "commands.npy": (np.asfortranarray(commands, dtype=np.float32), "nm", ["frame", "mode"]),
                "reconstructor.npy": (recon.astype(np.float32), "nm/arcsec", ["mode", "slope"]),
            })


if __name__ == "__main__":
    main()
