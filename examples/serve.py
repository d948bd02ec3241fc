"""
A small web service
===================

    python examples/serve.py [MODEL] [PORT]

Serves a model on this machine alone, here beside a page of its own; without MODEL, a small one that is trained on
synthetic sounds first. Needs the extra ``serve``. Then, in another terminal::

    curl http://127.0.0.1:8000/clips/health
    curl --form clip=@bark.wav http://127.0.0.1:8000/clips/classify
"""

import sys
import tempfile

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from skaudio import load, make_audio_pipeline
from skaudio.datasets import make_urban_sounds
from skaudio.serving import service


def trained():
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_urban_sounds(folder, n_per_class=4)
        return make_audio_pipeline("tutorial", classifier="logistic").fit(dataset.data, dataset.target)


async def welcome(request):
    return PlainTextResponse("POST a sound file to /clips/classify\n")


if __name__ == "__main__":
    model = load(sys.argv[1]) if len(sys.argv) > 1 else trained()
    # The service is an application like any other: it can be mounted beside pages, behind users, and be limited.
    application = Starlette(
        routes=[Route("/", welcome), Mount("/clips", service(model, max_bytes=5_000_000, max_duration=10.0))]
    )
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[2]) if len(sys.argv) > 2 else 8000)
