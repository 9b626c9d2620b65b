"""Stage one: score windows, and draw the line between ordinary and strange.

Adding a detector: write a class that fits `domain.Detector`, give it one line in `DETECTORS`
and one in the contract test; the baselines, the tables and MLflow pick it up.
"""

from matts.detect.arima import ArimaDetector
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.combined import CombinedDetector
from matts.detect.controls import ConstantDetector, RandomDetector
from matts.detect.cva import CvaDetector
from matts.detect.forest import ForestDetector
from matts.detect.isolation_forest import IsolationForestDetector
from matts.detect.kalman import KalmanDetector
from matts.detect.mean_shift import MeanShiftDetector
from matts.detect.one_sensor import OneSensorDetector
from matts.detect.pca import PcaDetector
from matts.detect.stacked_lstm import StackedLstmDetector
from matts.detect.supervised import SupervisedDetector
from matts.detect.vae import VaeDetector
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.detect.zscore import MovingVarianceDetector, ZScoreDetector
from matts.domain import Detector

DETECTORS: dict[str, type[Detector]] = {
    "autoencoder": AutoencoderDetector,
    "random": RandomDetector,
    "constant": ConstantDetector,
    "moving_variance": MovingVarianceDetector,
    "zscore": ZScoreDetector,
    "one_sensor": OneSensorDetector,
    "pca": PcaDetector,
    "isolation_forest": IsolationForestDetector,
    "arima": ArimaDetector,
    "kalman": KalmanDetector,
    "virtual_sensors": VirtualSensorsDetector,
    "cva": CvaDetector,
    "mean_shift": MeanShiftDetector,
    "supervised": SupervisedDetector,
    "forest": ForestDetector,
    "combined": CombinedDetector,
    "vae": VaeDetector,
    "stacked_lstm": StackedLstmDetector,
}
