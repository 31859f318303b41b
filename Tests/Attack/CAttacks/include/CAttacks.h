// Forbidden acts, tried from inside a sandbox. Test code only: never linked into a program that is installed.
#pragma once

// Tries the act and returns 0 where it succeeded, the errno where it was refused, -1 for a name that is not known.
// `target` is a process to attack, `path` a file to attack, descriptor 6 an open file of the state folder.
int attempt(const char *act, int target, const char *path);
// The name of act number `index`, or NULL behind the last.
const char *act_name(int index);
