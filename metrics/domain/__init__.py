"""Order-book analytics: values, formulas and windows. Pure: no framework, no clock, no network."""
