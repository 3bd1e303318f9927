namespace MarbleRun.Premain;

/// <summary>The library OS that this process runs in. The numbers are those of <c>marblerun_launch.h</c>.</summary>
internal enum LibraryOs
{
    /// <summary>None: Linux itself.</summary>
    None = 0,

    /// <summary>Gramine. Its manifest pins the program, the arguments and the environment.</summary>
    Gramine,

    /// <summary>Occlum. Its configuration pins the environment and the files.</summary>
    Occlum,
}
