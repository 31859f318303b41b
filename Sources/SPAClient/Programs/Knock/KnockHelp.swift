/// The text of `spa-knock --help`.
enum KnockHelp {
    static let text = """
        usage: spa-knock -n NAME | -D HOST -A tcp/22 [options]

        Sends one single-packet authorization knock; fwknop's client options.

          -D, --destination HOST      the server
          -A, --access LIST           what to open: tcp/22,udp/53
          -a, --allow-ip ADDRESS      for this address
          -s, --source-ip             for the address that the packet comes from
          -R, --resolve-ip-https      for our public address, which a STUN server tells
              --resolve-url URL       for our public address, which this page tells: https://host/path
              --resolve-http-only     without TLS
          -n, --named-config NAME     take the rest from this stanza of the rc file
          -p, --server-port PORT      of the server (62201)
          -P, --server-proto NAME     udp (default), tcp, http, syn or auto
          -f, --fw-timeout S          ask for S seconds, 0 to 65536
          -U, --spoof-user NAME       the user name in the packet
          -m, --digest-type TYPE      digest inside the packet (sha256)
          -M, --encryption-mode MODE  CBC (default), CTR, OFB, CFB, ECB or legacy
              --hmac-digest-type TYPE HMAC type (sha256); asks for a key where the rc file has none
              --use-hmac              the same with the default type
              --fd N, --stdin         read the keys from a descriptor, one line each
              --no-prompt             never ask for a key; fail instead
              --time-offset-plus T    add T (seconds, or with s, m, h, d) to the clock
              --time-offset-minus T   take T away from it
              --rc-file FILE          instead of ~/.config/sallyport/rc or ~/.fwknoprc
              --no-rc-file            use none
              --stanza-list           list the stanzas of the rc file
          -k, --key-gen               print new keys
          -K, --key-gen-file FILE     write new keys to a new file
              --key-len N             bytes of the new key, 1 to 32 (32)
              --hmac-key-len N        bytes of the new HMAC key, 1 to 128 (by type)
          -T, --test                  build the packet and read it again, send nothing
          -v, --verbose               show the packet's fields
          -V, --version               print the version
          -h, --help                  print this text

        """
}
