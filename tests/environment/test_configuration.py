from dapr_conformance.environment.configuration import configuration, scaled


def retry(**fields):
    policies = {"retries": {"r": fields}}
    return scaled({"spec": {"policies": policies}})["spec"]["policies"]["retries"]["r"]


def test_retries_are_shortened_and_bounded():
    assert retry(policy="constant", duration="5s", maxRetries="10") == {
        "policy": "constant",
        "duration": "10ms",
        "maxRetries": 3,
    }
    assert retry(policy="exponential", maxInterval="60s", maxRetries="-1")["maxRetries"] == 3
    assert retry(maxRetries="1")["maxRetries"] == 1


def test_which_statuses_are_retried_stays_the_apps_own():
    assert retry(maxRetries="2", matching={"httpStatusCodes": "500"})["matching"] == {"httpStatusCodes": "500"}


def test_tracing_is_always_there(tmp_path):
    assert configuration(None, tmp_path / "n.db")["spec"]["tracing"] == {"samplingRate": "1"}


def test_the_targets_own_settings_stay(tmp_path):
    own = {"spec": {"tracing": {"samplingRate": "0.5", "zipkin": {"endpointAddress": "x"}}, "secrets": {"scopes": []}}}
    spec = configuration(own, tmp_path / "n.db")["spec"]
    assert spec["tracing"] == {"samplingRate": "0.5"}
    assert spec["secrets"] == {"scopes": []}
    assert spec["nameResolution"]["component"] == "sqlite"
    assert "nameResolution" not in own["spec"]
