"""The public data sets that can be fetched: where from, whose they are, what runs on them."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from matts.domain import BadInputError

FOLDER = Path("data/01_raw")
MILL_URL = "doi:10.5281/zenodo.11469702/"  # TCM5, a file a number
MILLS = {str(number): f"tcm5_dataset_{number}.csv" for number in range(1, 7)}
MEGABYTE = 2**20

SKAB = "b2c0d46c2971dcbfe71e26087b6d231998bb91c2"  # the last commit of version 0.9
TEP = "0643318858ce7c87292bd59820b459e12a13d009"
CYCLES = (
    *("PS1", "PS2", "PS3", "PS4", "PS5", "PS6", "EPS1", "FS1", "FS2"),
    *("TS1", "TS2", "TS3", "TS4", "VS1", "CE", "CP", "SE", "profile"),
)
NUMBERS = r"\s*(\S+\s+){25}\S+\s*"  # 26 of them


@dataclass(frozen=True)
class PublicSet:
    """One archive on the web, and what is made of it.

    `keep` maps members of the archive to files of the data set, as `re.sub` does; `needs` maps
    files that must be there then to what their first lines look like.
    """

    title: str
    url: str
    page: str
    licence: str
    citation: str
    keep: tuple[str, str]
    needs: dict[str, str]
    runs: tuple[str, ...]
    form: Literal["as it is", "tep", "robot"] = "as it is"
    nested: bool = False  # its archive holds an archive
    megabytes: int = 64  # unpacked, at most

    @property
    def archive(self) -> str:
        """The archive's name on a mirror."""
        return self.url.rsplit("/", 1)[-1]


PUBLIC = {
    "skab": PublicSet(
        title="SKAB: a water pump and its valves on a test bench",
        url=f"https://github.com/waico/SKAB/archive/{SKAB}.zip",
        page="https://doi.org/10.34740/KAGGLE/DSV/1693952",
        licence="GPL-3.0 (of the repository; the data has none of its own)",
        citation="Katser, Kozitsin, Skoltech Anomaly Benchmark (SKAB), 2020",
        keep=(r"[^/]+/data/((?:valve1|valve2|other|anomaly-free)/[^/]+\.csv)", r"\1"),
        needs={
            "valve1/*.csv": "datetime;.*;anomaly;changepoint",
            "valve2/*.csv": "datetime;.*;anomaly;changepoint",
            "other/*.csv": "datetime;.*;anomaly;changepoint",
            "anomaly-free/*.csv": "datetime;.*",
        },
        runs=("skab",),
    ),
    "tep": PublicSet(
        title="Tennessee Eastman process, simulated: 21 faults",
        url=f"https://github.com/camaramm/tennessee-eastman-profBraatz/archive/{TEP}.zip",
        page="https://github.com/camaramm/tennessee-eastman-profBraatz",
        licence="University of Illinois/NCSA style, permissive",
        citation="Chiang, Russell, Braatz, Fault Detection and Diagnosis in Industrial Systems, "
        "Springer 2001; process: Downs, Vogel, 1993",
        keep=(r"[^/]+/(d\d\d(?:_te)?\.dat)", r"\1"),
        needs={"tep_braatz.parquet": ""},
        form="tep",
        runs=("tep",),
    ),
    "cmapss": PublicSet(
        title="C-MAPSS: simulated turbofans that run until they fail, FD001 to FD004",
        url="https://phm-datasets.s3.amazonaws.com/NASA/"
        "6.+Turbofan+Engine+Degradation+Simulation+Data+Set.zip",
        page="https://data.nasa.gov/dataset/cmapss-jet-engine-simulated-data",
        licence="US Government work",
        citation="Saxena, Goebel, Turbofan Engine Degradation Simulation Data Set, NASA Ames 2008",
        keep=(r"(?:.*/)?((?:train|test|RUL)_FD00[1-4]\.txt)", r"\1"),
        needs={
            f"{kind}_FD00{number}.txt": r"\s*\d+\s*" if kind == "RUL" else NUMBERS
            for kind in ("train", "test", "RUL")
            for number in range(1, 5)
        },
        nested=True,
        runs=tuple(f"cmapss_fd00{number}" for number in range(1, 5)),
    ),
    "ai4i2020": PublicSet(
        title="AI4I 2020: synthetic rows of a milling machine",
        url="https://archive.ics.uci.edu/static/public/601/"
        "ai4i+2020+predictive+maintenance+dataset.zip",
        page="https://doi.org/10.24432/C5HS5C",
        licence="CC BY 4.0",
        citation="Matzka, AI4I 2020 Predictive Maintenance Dataset, UCI 2020",
        keep=(r"(?:.*/)?(ai4i2020\.csv)", r"\1"),
        needs={"ai4i2020.csv": "\ufeff?UDI,.*,TWF,HDF,PWF,OSF,RNF"},
        runs=("ai4i2020",),
    ),
    "robot_failures": PublicSet(
        title="Robot execution failures: forces and torques after a failure",
        url="https://archive.ics.uci.edu/static/public/138/robot+execution+failures.zip",
        page="https://doi.org/10.24432/C5M89N",
        licence="CC BY 4.0",
        citation="Seabra Lopes, Camarinha-Matos, Robot Execution Failures, UCI 1999",
        keep=(r"(?:.*/)?(lp[1-5]\.data)", r"\1"),
        needs={"robot_failures.csv": "problem,case,label,t,Fx,Fy,Fz,Tx,Ty,Tz"},
        form="robot",
        runs=("robot_failures",),
    ),
    "hydraulic": PublicSet(
        title="A hydraulic test rig, 2,205 cycles of a minute",
        url="https://archive.ics.uci.edu/static/public/447/"
        "condition+monitoring+of+hydraulic+systems.zip",
        page="https://doi.org/10.24432/C5CW21",
        licence="CC BY 4.0",
        citation="Helwig, Pignanelli, Schütze, Condition monitoring of hydraulic systems, UCI 2018",
        keep=(rf"(?:.*/)?((?:{'|'.join(CYCLES)})\.txt)", r"\1"),
        needs={f"{name}.txt": r"\s*[-+.\deE]+(\s+[-+.\deE]+)+\s*" for name in CYCLES},
        megabytes=1024,
        runs=("hydraulic",),
    ),
}


def find_set(name: str) -> str:
    """What a data set is called here, by its own name or that of a run that reads it.

    >>> find_set("cmapss_fd001"), find_set("6")
    ('cmapss', '6')
    """
    for known, entry in PUBLIC.items():
        if name in (known, *entry.runs):
            return known
    if name in MILLS:
        return name
    msg = f"there is no public data set {name!r} here: choose from {', '.join([*MILLS, *PUBLIC])}"
    raise BadInputError(msg)


def how_to_get(path: str) -> str:
    """What to type for the files of a path, as the end of a sentence; nothing where nobody knows.

    >>> how_to_get("data/01_raw/skab"), how_to_get("data/01_raw/pump.csv")
    (': `make data DATASET=skab` downloads it', '')
    """
    for name in PUBLIC:
        if PurePosixPath(path).is_relative_to(PurePosixPath(FOLDER) / name):
            return f": `make data DATASET={name}` downloads it"
    return ""
