"""`python -m convlab` is the command `convlab`."""

import sys

from convlab.course.cli import main

sys.exit(main())
