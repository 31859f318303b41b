// (tests start)
