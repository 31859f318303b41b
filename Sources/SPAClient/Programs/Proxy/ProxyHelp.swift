/// The text of `spa-proxy --help`.
enum ProxyHelp {
    static let text = """
        usage: spa-proxy [options] [--] HOST PORT
               spa-proxy [options] -W HOST:PORT
               spa-proxy [options] --explain HOST PORT
               spa-proxy [options] --can-handle HOST

        Knocks at HOST with a single packet, connects to PORT as soon as it opens, and carries standard
        input and output. In ssh_config:

            Host myserver
                ProxyCommand spa-proxy %h %p

          -n, --named-config NAME    stanza of the rc file to use, instead of the one for HOST
              --rc-file FILE         rc file, instead of ~/.config/sallyport/rc or ~/.fwknoprc
          -a, --allow-ip ADDRESS     ask the server to allow this address
          -s, --source-ip            ask it to allow the address that the packet comes from
          -R, --resolve-ip           find out our public address and have that allowed
              --connect-timeout S    give up after S seconds, 1 to 600 (10)
          -W, --stdio-forward H:P    host and port in one argument
              --fdpass               hand the connection over and end: for ssh's ProxyUseFdpass yes
              --fd N                 read the keys from this descriptor, one line each
              --no-prompt            never ask for a key; fail instead
              --explain              try a login, carry nothing, print each step, and why it failed
              --can-handle HOST      print nothing; status 0 if the rc file has a stanza for HOST
              --log-file FILE        add a line to FILE for each step
          -v, --verbose              say on standard error what happens; twice: each attempt too
          -V, --version              print the version
          -h, --help                 print this text

        Exit status: 0 success, 64 usage, 65 configuration, 66 no stanza, 67 lookup, 68 no public address,
        69 knock not sent, 70 nothing opened, 71 service refuses, 72 lookup too slow, 73 port refused
        throughout, 74 standard input or output not open, 1 anything else.

        """
}
