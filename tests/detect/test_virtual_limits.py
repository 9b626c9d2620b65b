"""What a group of virtual sensors is off, against limits of good order."""

from dataclasses import replace

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.thresholds import sensors_of_the_mill
from matts.detect.virtual_sensors import VirtualSensorsDetector, VirtualSensorsSettings
from matts.domain import Windows
from matts.windows import Split


def quality(train: Windows, split: Split) -> float:
    detector = VirtualSensorsDetector(VirtualSensorsSettings(sensors=sensors_of_the_mill()))
    scores = detector.fit(train, split.validation).score(split.test)
    return float(average_precision_score(split.test.faulty, scores))


def test_faults_that_nobody_has_marked_do_not_make_the_limits(split: Split) -> None:
    unmarked = replace(split.train, row_faults=np.zeros_like(split.train.row_faults))
    assert split.train.faulty.any()
    assert quality(unmarked, split) > 0.95


def test_a_wider_limit_alerts_less(split: Split) -> None:
    narrow, wide = (
        VirtualSensorsDetector(VirtualSensorsSettings(limit=limit)).fit(split.train, split.train)
        for limit in (0.9, 0.999)
    )
    assert (narrow.score(split.test) >= wide.score(split.test)).all()
    assert (narrow.score(split.test) >= 1).sum() > (wide.score(split.test) >= 1).sum()


def test_contributions_are_of_judged_sensors_alone(split: Split) -> None:
    settings = VirtualSensorsSettings(sensors=sensors_of_the_mill())
    detector = VirtualSensorsDetector(settings).fit(split.train, split.validation)
    given = [name for name in split.test.sensors if name not in detector.virtual.channels]
    columns = [split.test.sensors.index(name) for name in given]
    assert {"width", "work_roll_diam_1"} <= {*given}
    assert not detector.contributions(split.test)[:, columns].any()
