"""Vision-language backbones of real sizes behind one small interface."""
