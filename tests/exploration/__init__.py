"""Exploration of the kernel: scenarios, planted bugs, and the long run."""

from tests.exploration import charts as charts
from tests.exploration import families as families
from tests.exploration import lasting as lasting
from tests.exploration.scenarios import SCENARIOS as SCENARIOS
