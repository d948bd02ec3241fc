"""The endings of sound files' names."""

ENDINGS = (
    *(".wav", ".wave", ".w64", ".rf64", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".flac", ".ogg", ".oga"),
    *(".opus", ".mp3", ".mp2", ".m4a", ".m4b", ".mp4", ".3gp", ".aac", ".wma", ".webm", ".weba", ".mka", ".amr"),
    *(".gsm", ".ac3", ".eac3", ".ape", ".wv", ".tta", ".mpc", ".dsf"),
)
"""What people save sound in, decoded here or not: a clip that cannot be read is named, one that is skipped is lost."""
