"""The operations of js-framework-benchmark, through the worker host, against lit-html driven from JavaScript."""
