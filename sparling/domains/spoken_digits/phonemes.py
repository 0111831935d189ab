"""The ten digits as sounds of English, and what each sound is made of: sources, formants, noise, duration.

Formants of vowels are those of men in Peterson and Barney (J. Acoust. Soc. Am. 1952); consonants after Klatt (J.
Acoust. Soc. Am. 1980), moved to below 4 kHz. Levels and durations were chosen by their spectrograms.
"""

from typing import NamedTuple

Formants = tuple[float, float, float]


class Phoneme(NamedTuple):
    """One stretch of a word in which sources are constant and formants go from ``begin`` to ``end``."""

    duration: float
    """ms."""
    begin: Formants
    """First three formants, Hz."""
    end: Formants
    voicing: float
    """Amplitude of the pulses of the glottis."""
    breath: float = 0.0
    """Amplitude of noise that goes through the formants."""
    noise: float = 0.0
    """Amplitude of noise that goes through one resonance of its own."""
    centre: float = 3000.0
    """Of that resonance, Hz."""
    width: float = 1000.0
    """Its bandwidth, Hz."""


_IY, _IH, _EH, _AH = (270.0, 2290.0, 3010.0), (390.0, 1990.0, 2550.0), (530.0, 1840.0, 2480.0), (640.0, 1190.0, 2390.0)
_AO, _UW, _R, _N = (570.0, 840.0, 2410.0), (300.0, 870.0, 2240.0), (310.0, 1060.0, 1380.0), (250.0, 1450.0, 2500.0)
_W, _LABIAL, _DENTAL, _VELAR = (290, 610, 2150), (300.0, 1000.0, 2200.0), (300.0, 1500.0, 2550.0), (300, 2000, 2350)

_nasal = Phoneme(90, _N, _N, 0.35)
_f = Phoneme(90, _LABIAL, _LABIAL, 0, 0.01, 0.05, 2800, 2600)
_th = Phoneme(90, _DENTAL, _DENTAL, 0, 0.01, 0.05, 3600, 1600)
_v = Phoneme(70, _LABIAL, _LABIAL, 0.5, 0.0, 0.015, 2800, 2600)
_s = Phoneme(120, _DENTAL, _DENTAL, 0, 0.0, 0.1, 3850, 600)
_z = Phoneme(90, _DENTAL, _DENTAL, 0.25, 0.0, 0.06, 3850, 600)
_long_r = Phoneme(70, _R, _R, 0.7)
_wide = (730.0, 1150.0, 2450.0)

WORDS: tuple[tuple[Phoneme, ...], ...] = (
    (
        _z,
        Phoneme(90, (350, 1900, 2500), (390, 1800, 2300), 0.9),
        _long_r,
        Phoneme(170, (540, 900, 2400), (350, 750, 2300), 1),
    ),
    (Phoneme(70, _W, _W, 0.6), Phoneme(150, _AH, (600, 1300, 2450), 1), _nasal),
    (
        Phoneme(50, _DENTAL, _DENTAL, 0),
        Phoneme(12, _DENTAL, _DENTAL, 0, 0.1, 0.6, 3500, 900),
        Phoneme(50, _DENTAL, (300, 1800, 2500), 0, 0.25, 0.05, 3400, 900),
        Phoneme(220, (320, 1700, 2400), (310, 1050, 2250), 1),
    ),
    (_th, _long_r._replace(duration=60), Phoneme(210, (330, 1900, 2700), _IY, 1)),
    (_f, Phoneme(180, _AO, _AO, 1), _long_r._replace(duration=90)),
    (_f, Phoneme(230, _wide, (350, 2100, 2700), 1), _v),
    (
        _s,
        Phoneme(90, _IH, _IH, 1),
        Phoneme(60, _VELAR, _VELAR, 0),
        Phoneme(15, _VELAR, _VELAR, 0, 0.2, 0.4, 1900, 500),
        Phoneme(25, _VELAR, _VELAR, 0, 0.15, 0.0),
        _s,
    ),
    (
        _s,
        Phoneme(110, _EH, _EH, 1),
        _v._replace(duration=55),
        Phoneme(70, (500, 1400, 2400), (500, 1450, 2450), 0.8),
        _nasal,
    ),
    (
        Phoneme(200, (500, 1950, 2550), (300, 2250, 2900), 1),
        Phoneme(70, _DENTAL, _DENTAL, 0),
        Phoneme(12, _DENTAL, _DENTAL, 0, 0.1, 0.45, 3500, 900),
        Phoneme(35, _DENTAL, _DENTAL, 0, 0.08, 0.05, 3400, 900),
    ),
    (_nasal._replace(duration=80), Phoneme(210, _wide, (400, 2000, 2600), 1), _nasal._replace(duration=100)),
)
"""Zero to nine."""
