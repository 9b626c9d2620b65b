import numpy as np
from sklearn.linear_model import LogisticRegression

from matts.diagnose.logistic import LogisticDiagnoser
from matts.windows import Scaler, Split


def test_it_is_logistic_regression_on_the_last_reading(split: Split) -> None:
    train, scaler = split.train, Scaler.fit(split.train.last_rows)
    anomalous, fault = np.nonzero(train.faults)
    model = LogisticRegression(max_iter=2000, class_weight="balanced")
    model.fit(scaler(train.last_rows)[anomalous], fault)
    expected = model.predict_proba(scaler(split.test.last_rows))
    ours = LogisticDiagnoser().fit(train, split.validation).probabilities(split.test)
    np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_of_two_faults_each_gets_its_own_probability(split: Split) -> None:
    train = split.train.where(~split.train.faults[:, [0, 1]].any(axis=1) & split.train.faulty)
    fitted = LogisticDiagnoser().fit(train, split.validation)
    answers = fitted.probabilities(train).argmax(axis=1)
    np.testing.assert_array_equal(answers, train.classes - 1)


def test_a_fault_that_never_occurred_gets_nothing(split: Split) -> None:
    train = split.train.where(~split.train.faults[:, 1])
    probabilities = LogisticDiagnoser().fit(train, split.validation).probabilities(split.test)
    assert not probabilities[:, 1].any()
