"""Attribution of journeys held as arrays: rule models exact to the unit, path models solved exactly, no simulation.

    file or columns → Journeys → a model's credit per channel → what is shown

Everything here is a pure function of the journeys. A path model describes which channels go with conversions; it is an
association, never evidence of what a channel caused.
"""
