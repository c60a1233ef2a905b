"""`python -m whatwhere`: the command line, for those who start it without its script."""

import sys

from whatwhere.cli.main import main

sys.exit(main())
