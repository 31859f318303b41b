// (module start)
