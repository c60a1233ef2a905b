"""The menus File and Edit: open, ask from a file, export, settings; take back."""

from whatwhere_app.commands.command import Command

FILE: tuple[Command, ...] = (
    Command(
        "file.open",
        "Open scene folder…",
        ("Ctrl+O",),
        "File",
        "Open a scan folder: ScanNet, ScanNet++, ARKitScenes, 7-Scenes, TUM or your own",
    ),
    Command(
        "file.open_expressions",
        "Open expressions…",
        ("Ctrl+Shift+O",),
        "File",
        "Open ScanRefer, Nr3D, Sr3D, ScanEnts3D, ScanQA or SQA3D for this scene",
    ),
    Command(
        "file.ask_sentences",
        "Ask sentences from a file…",
        ("Ctrl+Shift+F",),
        "File",
        "Ask every line of a text file; the answers go to a table beside it",
    ),
    Command(
        "scenes.add_folder",
        "Add a folder of scans…",
        (),
        "File",
        "List every scan below a folder, such as ScanNet's scans, from now on",
    ),
    Command(
        "scenes.import_choices",
        "Import choices…",
        (),
        "File",
        "Choose again how the open scan of your own is read: poses, depth, camera, up and floor",
    ),
    Command("file.open_demo", "Open a demo room", (), "File"),
    Command(
        "scenes.find",
        "Find a scene…",
        ("Ctrl+R",),
        "File",
        "Search the demo rooms, the pinned, the recent and all listed scenes",
        starts_group=True,
    ),
    Command(
        "scenes.pin", "Pin the open scene", (), "File", "Keep it in the list; again takes it off"
    ),
    Command(
        "scenes.refresh",
        "Look for new scans",
        (),
        "File",
        "Look through the folders of scans again",
    ),
    Command("scenes.clear", "Clear recent scenes", (), "File", "Pinned scenes stay"),
    Command(
        "file.export",
        "Export…",
        ("Ctrl+E",),
        "File",
        "Picture, geometry or candidates as files",
        starts_group=True,
    ),
    Command(
        "file.settings",
        "Settings…",
        ("Ctrl+,",),
        "File",
        "Theme, size of everything, smooth edges, model, what is kept on disk",
        starts_group=True,
    ),
    Command("file.quit", "Quit", ("Ctrl+Q",), "File", starts_group=True),
)

EDIT: tuple[Command, ...] = (
    Command("edit.undo", "Undo", ("Ctrl+Z",), "Edit"),
    Command("edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit"),
)
