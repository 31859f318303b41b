// (program start)
