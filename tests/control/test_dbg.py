import threading, sys
import importlib.util
def test_x(start, dapr):
    from dapr_conformance.control.spec import ControlSpec, EntityRoutes, RequestTemplate
    E=EntityRoutes("store",RequestTemplate("PUT","/orders/{id}"),RequestTemplate("GET","/orders/{id}"),RequestTemplate("GET","/orders"))
    app=start(ControlSpec(entity=E,state_component="store"))
    res={}
    def go(n): 
        try: res[n]=app.call("PUT",f"/orders/{n}",{})[0]
        except Exception as e: res[n]=repr(e)
    ts=[threading.Thread(target=go,args=(n,)) for n in range(24)]
    [t.start() for t in ts]; [t.join() for t in ts]
    from collections import Counter
    lst=app.json("GET","/orders")[1]
    print("RESULT",Counter(res.values()), len(lst), [n for n in range(24) if str(n) not in lst], {n:r for n,r in res.items() if r!=200}, "writes to index", sum(b'index' in b for _,_,_,b in dapr.calls))
