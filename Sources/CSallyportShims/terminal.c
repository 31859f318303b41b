#include "CSallyportShims.h"

#include <termios.h>

static struct termios before;

int sp_terminal_hide(int fd) {
    if (tcgetattr(fd, &before) != 0) return -1;
    struct termios hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    return tcsetattr(fd, TCSAFLUSH, &hidden);
}
int sp_terminal_restore(int fd) { return tcsetattr(fd, TCSAFLUSH, &before); }
