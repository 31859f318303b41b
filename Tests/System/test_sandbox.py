"""Forbidden acts, tried from inside each finished sandbox: the real confinement code, by the program sandbox-attack.

Each act is tried twice: in the complete sandbox, and with the filter of system calls left out, so that the walls behind it
(namespaces, empty root, landlock, capabilities, user id, limits) are seen to stand by themselves. `OK` in a column `bare`
names an act that only the filter stops; it leads nowhere where it would succeed: a socket in a network without interfaces,
a key or a memory page of one's own."""

import errno
import os
import signal
import subprocess
import tempfile
import unittest

from harness import cleanup, needs
from harness.servers import HELPER_UID, SUPERVISOR_UID, WORKER_UID

# In the complete sandbox the worker dies of SIGSYS at each of these; the column says what the walls behind say.
WORKER_BARE = """
    open_passwd                ENOENT
    open_shadow                ENOENT
    open_keys                  ENOENT
    write_keys                 ENOENT
    open_init_memory           ENOENT
    open_target_memory         ENOENT
    open_kernel_log            ENOENT
    open_disk                  ENOENT|EACCES|EPERM
    open_sysctl                ENOENT
    open_root_folder           EACCES
    create_in_root             EROFS
    create_in_etc              ENOENT
    create_in_tmp              ENOENT
    create_beside_keys         ENOENT
    delete_keys                ENOENT
    rename_keys                ENOENT
    make_folder                ENOENT
    make_link                  ENOENT
    make_device                ENOENT
    chmod_keys                 ENOENT
    chown_store                EPERM
    grow_store                 SIGXFSZ
    write_far_in_store         SIGXFSZ
    socket_tcp                 OK
    socket_udp                 OK
    socket_tcp6                OK
    socket_unix                OK
    socket_netlink             OK
    socket_packet              EPERM
    socket_raw                 EPERM
    socket_vsock               EAFNOSUPPORT|OK
    socket_crypto              EAFNOSUPPORT|OK
    socket_bluetooth           EAFNOSUPPORT|OK
    socket_pair                OK
    bind_port                  EACCES
    connect_out                ENETUNREACH
    send_frame                 EPERM
    execute_shell              ENOENT
    execute_memory_file        ENOENT
    fork_child                 EAGAIN
    fork_new_user              EAGAIN
    trace_target               EPERM
    trace_me                   OK
    read_target_memory         EPERM
    signal_target              EPERM
    signal_init                EPERM
    open_target_handle         OK
    become_root                EPERM
    become_root_group          EPERM
    add_group                  EPERM
    take_capabilities          EPERM
    raise_ambient              EPERM
    unlock_securebits          EPERM
    allow_new_privileges       EINVAL
    join_init_network          ENOENT
    new_user_namespace         OK
    new_network                EPERM
    new_mounts                 EPERM
    mount_memory               EPERM
    remount_writable           EPERM
    unmount_root               EPERM
    change_root                EPERM
    pivot                      EPERM
    type_into_terminal         ENOTTY|EIO|EPERM
    load_bpf                   EPERM
    open_performance_counter   EACCES|EPERM
    add_kernel_key             OK
    load_module                ENOSYS|EPERM
    load_kernel                ENOSYS|EPERM
    restart_machine            EPERM
    set_clock                  EPERM
    set_host_name              EPERM
    user_faults                EPERM|ENOSYS
    set_up_io_uring            ENOMEM|EPERM|ENOSYS|EINVAL|EFAULT
    open_by_handle             EPERM
    watch_files                EPERM
    shared_memory              OK
    map_executable             OK
    make_executable            OK
    raise_file_limit           EPERM
    allow_core                 EPERM
    change_personality         OK
    read_kernel_symbols        EPERM
    old_system_call            ENOSYS
"""

# Act, complete sandbox, bare. What is not in the list is what the helper is for: netlink, tools. Its packet socket is older
# than its sandbox, and it gets no second one.
HELPER = """
    open_shadow                EACCES       EACCES
    open_keys                  EACCES       EACCES
    write_keys                 EACCES       EACCES
    open_init_memory           EACCES       EACCES
    open_target_memory         EACCES       EACCES
    open_kernel_log            EPERM|EACCES EPERM|EACCES
    open_disk                  ENOENT|EACCES|EPERM ENOENT|EACCES|EPERM
    open_sysctl                EACCES       EACCES
    create_in_root             EACCES       EACCES
    create_in_etc              EACCES       EACCES
    create_in_tmp              EACCES       EACCES
    create_beside_keys         EACCES       EACCES
    delete_keys                EPERM        EACCES
    rename_keys                EPERM        EACCES
    make_folder                EPERM        EACCES
    make_link                  EPERM        EACCES
    make_device                EPERM        EACCES
    chmod_keys                 EPERM        EPERM
    chown_store                EPERM        EPERM
    grow_store                 EPERM        SIGXFSZ
    write_far_in_store         SIGXFSZ      SIGXFSZ
    socket_unix                EPERM        OK
    socket_packet              EPERM        OK
    send_frame                 EPERM        OK
    socket_vsock               EPERM        EAFNOSUPPORT|OK
    socket_crypto              EPERM        EAFNOSUPPORT|OK
    socket_bluetooth           EPERM        EAFNOSUPPORT|OK
    socket_pair                EPERM        OK
    bind_port                  EACCES       EACCES
    execute_memory_file        EPERM        OK
    fork_new_user              EPERM        OK
    trace_target               EPERM        EPERM
    trace_me                   EPERM        OK
    read_target_memory         EPERM        EPERM
    signal_target              EPERM        EPERM
    signal_init                EPERM        EPERM
    open_target_handle         EPERM        OK
    become_root                EPERM        EPERM
    become_root_group          EPERM        EPERM
    add_group                  EPERM        EPERM
    take_capabilities          EPERM        EPERM
    raise_ambient              EPERM        EPERM
    unlock_securebits          EPERM        EPERM
    allow_new_privileges       EPERM        EINVAL
    join_init_network          EACCES       EACCES
    new_user_namespace         EPERM        OK
    new_network                EPERM        EPERM
    new_mounts                 EPERM        EPERM
    mount_memory               EPERM        EPERM
    remount_writable           EPERM        EPERM
    unmount_root               EPERM        EPERM
    change_root                EPERM        EPERM
    pivot                      EPERM        EPERM
    type_into_terminal         ENOTTY|EIO|EPERM ENOTTY|EIO|EPERM
    load_bpf                   EPERM        EPERM
    open_performance_counter   EACCES|EPERM EACCES|EPERM
    add_kernel_key             EPERM        OK
    load_module                ENOSYS|EPERM ENOSYS|EPERM
    load_kernel                ENOSYS|EPERM ENOSYS|EPERM
    restart_machine            EPERM        EPERM
    set_clock                  EPERM        EPERM
    set_host_name              EPERM        EPERM
    user_faults                EPERM|ENOSYS EPERM|ENOSYS
    set_up_io_uring            EPERM        ENOMEM|EPERM|ENOSYS|EINVAL|EFAULT
    open_by_handle             EPERM        EPERM
    watch_files                EPERM        EPERM
    shared_memory              EPERM        OK
    raise_file_limit           EPERM        EPERM
    allow_core                 EPERM        EPERM
    change_personality         EPERM        OK
    read_kernel_symbols        EPERM        EPERM
    old_system_call            EPERM        ENOSYS
"""

SUPERVISOR = """
    open_shadow                EACCES       EACCES
    open_keys                  EACCES       EACCES
    write_keys                 EACCES       EACCES
    open_init_memory           EACCES       EACCES
    open_target_memory         EACCES       EACCES
    open_kernel_log            EPERM|EACCES EPERM|EACCES
    open_disk                  ENOENT|EACCES|EPERM ENOENT|EACCES|EPERM
    open_sysctl                EACCES       EACCES
    create_in_root             EACCES       EACCES
    create_in_etc              EACCES       EACCES
    create_in_tmp              EACCES       EACCES
    create_beside_keys         EACCES       EACCES
    delete_keys                EPERM        EACCES
    rename_keys                EPERM        EACCES
    make_folder                EPERM        EACCES
    make_link                  EPERM        EACCES
    make_device                EPERM        EACCES
    chmod_keys                 EPERM        EPERM
    chown_store                EPERM        EPERM
    grow_store                 EPERM        OK
    write_far_in_store         EPERM        OK
    socket_tcp                 EPERM        OK
    socket_udp                 EPERM        OK
    socket_tcp6                EPERM        OK
    socket_unix                EPERM        OK
    socket_netlink             EPERM        OK
    socket_packet              EPERM        EPERM
    socket_raw                 EPERM        EPERM
    socket_vsock               EPERM        EAFNOSUPPORT|OK
    socket_crypto              EPERM        EAFNOSUPPORT|OK
    socket_bluetooth           EPERM        EAFNOSUPPORT|OK
    socket_pair                EPERM        OK
    bind_port                  EPERM        EACCES
    connect_out                EPERM        OK
    send_frame                 EPERM        EPERM
    execute_shell              EPERM        EACCES
    execute_memory_file        EPERM        EACCES
    fork_child                 EPERM        EAGAIN
    fork_new_user              EPERM        EAGAIN
    trace_target               EPERM        EPERM
    trace_me                   EPERM        OK
    read_target_memory         EPERM        EPERM
    signal_target              EPERM        EPERM
    signal_init                EPERM        EPERM
    open_target_handle         EPERM        OK
    become_root                EPERM        EPERM
    become_root_group          EPERM        EPERM
    add_group                  EPERM        EPERM
    take_capabilities          EPERM        EPERM
    raise_ambient              EPERM        EPERM
    unlock_securebits          EPERM        EPERM
    allow_new_privileges       EPERM        EINVAL
    join_init_network          EACCES       EACCES
    new_user_namespace         EPERM        OK
    new_network                EPERM        EPERM
    new_mounts                 EPERM        EPERM
    mount_memory               EPERM        EPERM
    remount_writable           EPERM        EPERM
    unmount_root               EPERM        EPERM
    change_root                EPERM        EPERM
    pivot                      EPERM        EPERM
    type_into_terminal         EPERM        ENOTTY|EIO|EPERM
    load_bpf                   EPERM        EPERM
    open_performance_counter   EACCES|EPERM EACCES|EPERM
    add_kernel_key             EPERM        OK
    load_module                ENOSYS|EPERM ENOSYS|EPERM
    load_kernel                ENOSYS|EPERM ENOSYS|EPERM
    restart_machine            EPERM        EPERM
    set_clock                  EPERM        EPERM
    set_host_name              EPERM        EPERM
    user_faults                EPERM|ENOSYS EPERM|ENOSYS
    set_up_io_uring            EPERM        ENOMEM|EPERM|ENOSYS|EINVAL|EFAULT
    open_by_handle             EPERM        EPERM
    watch_files                EPERM        EPERM
    shared_memory              EPERM        OK
    map_executable             EPERM        OK
    make_executable            EPERM        OK
    raise_file_limit           EPERM        EPERM
    allow_core                 EPERM        EPERM
    change_personality         EPERM        OK
    read_kernel_symbols        EPERM        EPERM
    old_system_call            EPERM        ENOSYS
"""


def rows(table):
    return [line.split() for line in table.strip().splitlines()]


class Attack(unittest.TestCase):
    """One running sandbox per act: an act may be the death of its process."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cleanup.Folder("attack")
        cls.keys = os.path.join(cls.folder.path, "keys")
        with open(cls.keys, "w") as file:
            file.write("KEY_BASE64 secret")
        os.chmod(cls.keys, 0o600)
        cls.program = needs.program("sandbox-attack")
        cls.victim = subprocess.Popen(["sleep", "600"])
        cls.addClassCleanup(cls.victim.wait)
        cls.addClassCleanup(cls.victim.kill)

    def verdict(self, role, uid, mode, act):
        with tempfile.TemporaryFile(dir=self.folder.path) as store:
            def hand_over():
                os.dup2(store.fileno(), 6)
            done = subprocess.run(
                [self.program, role, mode, str(uid), act, str(self.victim.pid), self.keys], preexec_fn=hand_over,
                pass_fds=[6], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        self.assertNotIn(done.returncode, (254, 255), f"{act} was not tried: {done.stderr}")
        if done.returncode < 0:
            return signal.Signals(-done.returncode).name
        return errno.errorcode.get(done.returncode, str(done.returncode)) if done.returncode else "OK"

    def check(self, role, uid, mode, act, expected):
        with self.subTest(f"{role} {mode} {act}"):
            self.assertIn(self.verdict(role, uid, mode, act), expected.split("|"))
        self.assertTrue(os.path.exists(self.keys))

    def test_the_worker_dies_of_each_act(self):
        acts = rows(WORKER_BARE)
        self.assertGreaterEqual(len(acts), 80)
        for act, _ in acts:
            # To write and to cut its store is the worker's work; far out the limit of the file's size ends it.
            far_out = act in ("write_far_in_store", "grow_store")
            self.check("worker", WORKER_UID, "full", act, "SIGXFSZ" if far_out else "SIGSYS")

    def test_without_the_filter_the_walls_behind_it_hold_the_worker(self):
        for act, expected in rows(WORKER_BARE):
            self.check("worker", WORKER_UID, "bare", act, expected)

    def test_the_helper_is_refused_all_but_its_work(self):
        acts = rows(HELPER)
        self.assertGreaterEqual(len(acts), 55)
        for act, full, _ in acts:
            self.check("helper", HELPER_UID, "full", act, full)

    def test_without_the_filter_the_walls_behind_it_hold_the_helper(self):
        for act, _, bare in rows(HELPER):
            self.check("helper", HELPER_UID, "bare", act, bare)

    def test_the_supervisor_is_refused_all_but_its_work(self):
        acts = rows(SUPERVISOR)
        self.assertGreaterEqual(len(acts), 75)
        for act, full, _ in acts:
            self.check("supervisor", SUPERVISOR_UID, "full", act, full)

    def test_without_the_filter_the_walls_behind_it_hold_the_supervisor(self):
        for act, _, bare in rows(SUPERVISOR):
            self.check("supervisor", SUPERVISOR_UID, "bare", act, bare)

    def test_every_act_of_the_program_is_in_the_table_of_the_worker(self):
        listed = subprocess.run([self.program, "list"], capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(sorted(listed), sorted(act for act, _ in rows(WORKER_BARE)))
