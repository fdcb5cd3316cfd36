"""Models of journeys, one file a family: rules that weigh the touches of a journey, and models of all journeys together."""
