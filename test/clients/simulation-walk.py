"""What somebody does with clients/python/quantonium.py; prints one JSON object of what it saw, and fails at the first surprise."""
import cmath
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "clients/python")
from quantonium import Client, JobFailed, QuantoniumError

BELL = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'
X0 = "OPENQASM 3.0; qubit[3] q; bit[3] c; U(pi, 0, pi) q[0]; c = measure q;"
TURN = 'OPENQASM 3.0; include "stdgates.inc"; input float theta; qubit q; ry(theta) q;'
LOOP = 'OPENQASM 3.0; include "stdgates.inc"; qubit q; bit c; for int i in [0:1999] { h q; c = measure q; }'

client = Client(os.environ["QUANTONIUM_URL"], timeout=60).login("owner", os.environ.pop("OWNER_PASSWORD"))
seen = {}

seen["bell"] = dict(client.run(BELL, shots=1000, seed=7).counts)
seen["order"] = dict(client.run(X0, shots=5).counts)
seen["memory"] = list(client.run(BELL, shots=4, seed=1, outputs=["memory"]).memory)

turned = client.run(TURN, shots=1, parameters={"theta": 2 * cmath.pi / 3}, outputs=["statevector", {"expectation": {"Z": 1}}, {"densityMatrix": [0]}, {"probabilities": [0]}])
seen["amplitudes"] = [round(abs(amplitude) ** 2, 9) for amplitude in turned.statevector]
seen["expectation"] = round(turned.expectations[0], 9)
seen["trace"] = round(sum(turned.density_matrices[0][index][index].real for index in (0, 1)), 9)
seen["probabilities"] = {bits: round(value, 9) for bits, value in turned.probabilities[0].items()}

told = []
slow = client.submit(LOOP, shots=300, method="statevector", name="slow")
slow.result(timeout=120, on_progress=told.append)
seen["progress"] = [told == sorted(told), told[-1]]

stopped = client.submit(LOOP, shots=200000, method="statevector").cancel()
try:
    stopped.result(timeout=60)
except JobFailed as error:
    seen["cancelled"] = str(error.job.status)

try:
    client.run("OPENQASM 2.0; qreg q[1]; hadamard q[0];")
except QuantoniumError as error:
    seen["refused"] = [error.status, error.code, error.errors[0]["pointer"], error.errors[0]["line"], error.errors[0]["column"]]

seen["listed"] = next(client.jobs()).id == stopped.id
seen["drawn"] = "[H]" in client.submit(BELL, shots=1).drawing()
pushed = client.submit(BELL, shots=1000, seed=7, prefer_wait=30).wait().push("default/circuits/bell", tag="walk")
again = client.run(f"default/circuits/bell@{pushed['subject']['digest']}", shots=1000, seed=7)
seen["pushed"] = [[file["title"] for file in pushed["files"]], again.counts == seen["bell"]]
seen["receipt"] = slow.receipt().splitlines()[0]
print(json.dumps(seen))
