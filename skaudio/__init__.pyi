from . import audio as audio
from . import augmentation as augmentation
from . import clips as clips
from . import datasets as datasets
from . import dsp as dsp
from . import exceptions as exceptions
from . import extraction as extraction
from . import feature_extraction as feature_extraction
from . import inspection as inspection
from . import model_selection as model_selection
from . import neural as neural
from . import persistence as persistence
from . import pipeline as pipeline
from . import plotting as plotting
from . import report as report
from . import store as store
from . import testing as testing
from . import windows as windows
from .clips import load_audio as load_audio
from .feature_extraction import MFCCTransformer as MFCCTransformer
from .neural import ANNClassifier as ANNClassifier
from .neural import CNNClassifier as CNNClassifier
from .persistence import load as load
from .persistence import save as save
from .pipeline import make_audio_pipeline as make_audio_pipeline
from .windows import predict_windows as predict_windows

__version__: str
