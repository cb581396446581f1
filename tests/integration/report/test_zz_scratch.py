from tests.support.dbt_runs import dbt


def test_x(project, built):
    r = dbt(built, "test", "--select", "findings,test_type:unit", project=project, expect=None)
    print(r)
    assert r and r[0]["status"] == "pass", r
