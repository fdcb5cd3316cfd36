"""KPIs: what each figure means, how it is counted, and which published figures may stand beside it."""
