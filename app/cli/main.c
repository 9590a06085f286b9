/* SPDX-License-Identifier: Apache-2.0 */
/* `torchlight`: which subcommand, and how to leave. */
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/jobs/wait_policy.h"

typedef struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} Command;

/* In the order in which a newcomer meets them. */
static const Command commands[] = {
    {"demo", command_demo, N_("walk the whole way on the sample captures")},
    {"encode", command_encode, N_("a capture to a picture or table, a row a packet")},
    {"decode", command_decode, N_("a picture or table back to a capture")},
    {"info", command_info, N_("what a file or folder is and holds")},
    {"flows", command_flows, N_("the flows of a capture: who talks with whom, tunnels")},
    {"packets", command_packets,
     N_("the packets of a capture or picture, as Wireshark lists them")},
    {"dataset", command_dataset, N_("captures to a folder of pictures with captions")},
    {"project", command_project, N_("a folder for the workbench: made, filled, looked at")},
    {"canny", command_canny, N_("the edges of a picture, to guide the drawing of another")},
    {"captions", command_captions, N_("captions of pictures: listed, changed, exchanged, counted")},
    {"train", command_train, N_("fine-tune a LoRA on a dataset")},
    {"lora", command_lora, N_("LoRA files: looked at, rewritten, combined, merged into a model")},
    {"generate", command_generate, N_("draw new pictures from a caption")},
    {"repair", command_repair, N_("make a drawn trace legal and write it as a capture")},
    {"synthesize", command_synthesize, N_("a whole set of drawn traces in place of real ones")},
    {"baseline", command_baseline, N_("a set as simpler means draw it, to compare with")},
    {"evaluate", command_evaluate, N_("how generated traces compare with real ones")},
    {"classify", command_classify, N_("what a forest that knows real traces takes a trace for")},
    {"timing", command_timing, N_("learn from real captures when packets come")},
    {"pretrain", command_pretrain, N_("train a whole model from a dataset")},
    {"reconstruct", command_reconstruct, N_("say which header bits a VAE gives back")},
    {"devices", command_devices, N_("where this machine can compute")},
    {"bench", command_bench, N_("how fast the engine is here, beside another or alone")},
    {"profile", command_profile, N_("where the engine's time goes")},
    {"selftest", command_selftest, N_("check that a device computes right")},
};

static void
print_help(void)
{
    g_print("%s\n  torchlight %s\n\n%s\n\n", _("Usage:"), _("COMMAND [OPTION…] …"),
            _("Synthetic network traces by way of pictures: captures become pictures, a diffusion "
              "model\nlearns to draw more of them, and what it draws is repaired into captures "
              "again."));
    g_print("%s\n", _("Commands:"));
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        g_print("  %-11s %s\n", commands[i].name, _(commands[i].summary));
    g_print("\n%s\n", _("`torchlight COMMAND --help` says more, with examples. Try this first:"));
    g_print("  torchlight demo -o demo\n\n");
    g_print("%s\n", _("Exit status: 0 done, 1 failed, 2 wrong use."));
}

static const Command *
find_command(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

/* Output that did not get where it should makes a run that failed. */
static int
check_stdout(int status)
{
    struct stat info;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (fstat(STDOUT_FILENO, &info) == 0 && S_ISFIFO(info.st_mode))
        return status; /* whoever read it had enough: `torchlight info FILE | head -1` */
    g_printerr("torchlight: %s\n", _("The output could not be written: is the disk full?"));
    return status == CLI_DONE ? CLI_FAILED : status;
}

static int
run(int argc, char **argv)
{
    char *help[] = {argc > 2 ? argv[2] : NULL, (char *)"--help", NULL};
    const Command *command;

    if (argc < 2) {
        print_help();
        return CLI_USAGE;
    }
    if (g_str_equal(argv[1], "--version")) {
        g_print("torchlight %s\n", TORCHLIGHT_VERSION);
        return CLI_DONE;
    }
    if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") ||
        (g_str_equal(argv[1], "help") && argc == 2)) {
        print_help();
        return CLI_DONE;
    }
    if (g_str_equal(argv[1], "help") && (command = find_command(argv[2])))
        return command->run(2, help);
    command = find_command(argv[1]);
    if (command)
        return command->run(argc - 1, argv + 1);
    g_printerr(_("torchlight: “%s” is no command; `torchlight --help` lists them."),
               g_str_equal(argv[1], "help") ? argv[2] : argv[1]);
    g_printerr("\n");
    return CLI_USAGE;
}

int
main(int argc, char **argv)
{
    const char *localedir = g_getenv("TORCHLIGHT_LOCALEDIR");

    wait_policy_settle(argv);
    /* Output that goes nowhere and files that grow too large are errors with a message, and leave
     * time to tidy up. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, localedir && *localedir ? localedir : LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    return check_stdout(run(argc, argv));
}
