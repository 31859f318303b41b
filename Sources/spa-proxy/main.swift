internal import SPAClient

ProxyProgram.main()
