namespace MarbleRun;

/// <summary>The ids of the log events of SDK and Coordinator. They are unique over the product; <c>docs/operations/events.md</c> lists
/// them.</summary>
/// <remarks>The Coordinator compiles this file, too.</remarks>
internal static class EventIds
{
    public const int Activating = 100;
    public const int InstanceIdCreated = 101;
    public const int Activated = 102;
    public const int CoordinatorNotVerified = 103;
    public const int AnyManifestTrusted = 104;
    public const int SimulationTrusted = 105;
    public const int DebugCoordinatorTrusted = 106;
    public const int ListedCoordinatorAccepted = 107;

    public const int ActivationWaits = 110;
    public const int TrustWaits = 111;

    public const int PeerRefused = 120;

    public const int CallerRefused = 137;
    public const int CallersLeftOut = 138;

    public const int NoHttpsEndpoint = 140;
    public const int EndpointUnguarded = 141;
    public const int ConnectionRefused = 142;

    public const int TrustReceived = 150;
    public const int TrustRefused = 151;
    public const int TrustConnectionLost = 152;
    public const int TrustNotOffered = 153;
    public const int PeersRefused = 154;
    public const int PeersAccepted = 155;
    public const int ConnectionDrained = 156;
    public const int ConnectionAborted = 157;
    public const int ConnectionCloseFailed = 158;
    public const int TrustListeningFaulted = 159;

    public const int AnyMarbleMayAnswer = 170;

    public const int IdentityRenewed = 180;
    public const int RenewalFailed = 181;
    public const int RenewalDenied = 182;
    public const int RenewalUntrusted = 183;
    public const int RenewalUnsupported = 184;
    public const int ActivatingAgain = 185;
    public const int RenewalFaulted = 186;
    public const int IdentityChangeFailed = 187;
    public const int RenewalRequested = 188;
    public const int ParametersChanged = 189;

    public const int KeysRefused = 190;

    public const int ParametersNotReplaced = 191;
    public const int ParametersKept = 192;
    public const int ParametersChangeFailed = 193;

    // The Coordinator's, a hundred for each room.
    public const int SimulationActive = 1001;
    public const int CoordinatorListening = 1002;
    public const int MetricsListening = 1003;
    public const int DiagnosticsOn = 1004;
    public const int RootNotValidNow = 1005;
    public const int CollateralSourcesNotAsked = 1006;
    public const int NoCollateralSource = 1007;
    public const int CoordinatorStoppedWhileStarting = 1008;
    public const int UnknownLogLevel = 1009;
    public const int CoordinatorCannotStart = 1010;

    public const int MarbleActivated = 1101;
    public const int ActivationRefused = 1102;
    public const int CallStarted = 1103;
    public const int CallFinished = 1104;
    public const int EmptyQuoteAdmitted = 1105;
    public const int QuoteRefused = 1106;
    public const int CallUnreadable = 1107;
    public const int ActivationRefusalsOmitted = 1108;
    public const int QuoteRefusalsOmitted = 1109;

    public const int MarbleRenewed = 1120;
    public const int RenewalRefused = 1121;
    public const int TrustWatched = 1122;
    public const int ParametersNotRendered = 1123;

    public const int ManifestWarning = 1201;
    public const int ManifestProblem = 1202;
    public const int ManifestSet = 1203;
    public const int ManifestPreparing = 1204;
    public const int ManifestSenderLeft = 1205;
    public const int ManifestSigned = 1206;
    public const int StartupManifestInForce = 1207;
    public const int OtherManifestInForce = 1208;
    public const int StartupManifestLeft = 1209;
    public const int RecoverySecretsKept = 1210;
    public const int StartupManifestUpdated = 1211;
    public const int PackagesUpdated = 1212;
    public const int UpdateStarted = 1213;
    public const int UpdateAcknowledged = 1214;
    public const int UpdateCancelled = 1215;
    public const int ManifestUpdated = 1216;

    public const int RequestAnswered = 1301;
    public const int RequestBusy = 1302;
    public const int RequestNotRecorded = 1303;
    public const int RequestRefused = 1304;
    public const int RequestStoreFailed = 1305;
    public const int RequestStoreAway = 1308;
    public const int UserLoginRefused = 1306;
    public const int UserCertificateExpired = 1307;

    public const int SecretSet = 1401;
    public const int SecretDoubtful = 1402;

    public const int RecoverySecretTaken = 1501;
    public const int RecoverySecretRefused = 1502;
    public const int RecoveryUnavailable = 1503;

    public const int AuditNotWritten = 1601;
    public const int AuditUnfinished = 1602;
    public const int AuditNotRead = 1603;

    public const int StateArchived = 1701;
    public const int GuardMissing = 1702;
    public const int StateWorthless = 1703;
    public const int OldKeyKept = 1704;
    public const int StateLocked = 1705;
    public const int StateCreated = 1706;
    public const int StateLoaded = 1707;
    public const int StateCommitFailed = 1708;
    public const int StateOutcomeUnknown = 1709;
    public const int StateProtectionDescribed = 1710;
    public const int StateUnrecoverable = 1711;
    public const int StateConflict = 1712;
    public const int StoreAway = 1713;
    public const int StoreBack = 1714;
    public const int StateTakenOver = 1715;
    public const int StoreWatchFailed = 1716;

    public const int AttestationFailed = 1801;
    public const int OwnQuoteIssued = 1802;

    public const int TeeOpened = 1901;

    public const int MarblesRevoked = 2001;
    public const int RevocationRequested = 2002;
    public const int RevocationLifted = 2003;
    public const int RevocationLiftRequested = 2004;
    public const int RevokedCertificatesNotRecorded = 2005;

    public const int PostgreSqlSchemaCreated = 2101;
    public const int PostgreSqlNotDurable = 2102;
    public const int PostgreSqlWatchLost = 2103;
    public const int EtcdWatchLost = 2104;
    public const int KubernetesWatchLost = 2105;
    public const int KubernetesOrphansDeleted = 2106;
    public const int KubernetesOrphansNotDeleted = 2107;

    public const int KeySlotNotWritten = 2201;
    public const int KeysReceived = 2202;
    public const int KeysHandedOver = 2203;
    public const int HandOverRefused = 2204;
    public const int KeysDiscarded = 2205;
    public const int PeerClockSkewed = 2206;
    public const int OldKeysInSlot = 2207;
    public const int KeySlotCleared = 2210;
    public const int KeySlotNotCleared = 2211;
}
