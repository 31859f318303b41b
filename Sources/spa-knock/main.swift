internal import SPAClient

KnockProgram.main()
