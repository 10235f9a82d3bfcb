"""The page, seen from Python: elements, templates, and the bridge between both and actors."""

from actorweb.page.element import Element as Element
from actorweb.page.element import ElementBuilder as ElementBuilder
from actorweb.page.element import ElementStart as ElementStart
from actorweb.page.element import define_element as define_element
from actorweb.page.hosts.mounting import mount as mount
from actorweb.page.template import Binding as Binding
from actorweb.page.template import Rows as Rows
from actorweb.page.template import Template as Template
from actorweb.page.template import TString as TString
from actorweb.page.template import each as each
from actorweb.page.template import html as html
from actorweb.page.template import on as on
