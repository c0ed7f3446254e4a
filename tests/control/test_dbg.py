import threading, os, time
from collections import Counter
import pytest
@pytest.mark.parametrize("n_run",range(60))
@pytest.mark.parametrize("backlog",[5,128])
def test_x(start, dapr, backlog, n_run):
    from dapr_conformance.control.spec import ControlSpec, EntityRoutes, RequestTemplate
    E=EntityRoutes("store",RequestTemplate("PUT","/orders/{id}"),RequestTemplate("GET","/orders/{id}"),RequestTemplate("GET","/orders"),RequestTemplate("DELETE","/orders/{id}"),"If-Match")
    dapr._server.socket.listen(backlog)
    app=start(ControlSpec(entity=E,state_component="store"))
    res={}
    def go(n):
        try: res[n]=app.call("PUT",f"/orders/{n}",{})
        except Exception as e: res[n]=(repr(e),)
    ts=[threading.Thread(target=go,args=(n,)) for n in range(24)]
    [t.start() for t in ts]; [t.join() for t in ts]
    lst=app.json("GET","/orders")[1]
    missing=[n for n in range(24) if str(n) not in lst]
    bad={n:r for n,r in res.items() if r[0]!=200}
    app.process.kill(); err=app.process.stderr.read()
    print("RESULT",backlog,"BAD" if missing or bad or err else "ok",missing,bad,err[-900:])
