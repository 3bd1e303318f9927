using System.Security.Cryptography;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Recovery;

public sealed class RecoverySessionTests
{
    private static TestParty[] Five => [.. TestParty.Five];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0, new[] { 0 })]
    [InlineData(2, 0, new[] { 1, 0 })]
    [InlineData(3, 3, new[] { 2, 1, 0 })]
    [InlineData(5, 2, new[] { 1, 0 })]
    [InlineData(5, 3, new[] { 2, 1, 0 })]
    [Case("state-and-sealing", "All of n: any order")]
    [Case("state-and-sealing", "All of n: how many remain")]
    public async Task Submit_OneSecretAfterTheOther_CountsDownAndOpensTheState(int parties, int threshold, int[] remaining)
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(threshold, Five[..parties]);
        var state = new WaitingState(deployment.Blob);
        using RecoverySession session = deployment.Open(state);

        for (int i = 0; i < remaining.Length; i++)
        {
            Assert.Null(state.Adopted);
            RecoveryProgress progress = await deployment.SubmitAsync(session, Five[i]);

            Assert.Equal(remaining[i], progress.Remaining);
            Assert.Equal(Five[i].Name, progress.Party);
            Assert.Equal(
                remaining[i] == 0
                    ? "Recovery successful."
                    : $"Secret was processed successfully. Upload the next secret. Remaining secrets: {remaining[i]}",
                progress.Message);
        }

        Assert.Equal(parties, state.Adopted!.Keys.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Submit_EncryptedAndSignedByOpenSsl_IsTaken(int threshold)
    {
        using var directory = new TemporaryDirectory();
        SealedDeployment deployment = await SealedDeployment.CreateAsync(threshold, Five);
        using RecoverySession session = deployment.Open();
        await File.WriteAllBytesAsync(directory.File("secret"), deployment.Shares["party 1"], Cancellation);
        await File.WriteAllTextAsync(directory.File("party.pem"), Five[0].Key.ExportPkcs8PrivateKeyPem(), Cancellation);
        await File.WriteAllBytesAsync(directory.File("ephemeral.der"), await session.GetPublicKeyAsync(Cancellation), Cancellation);

        await OpenSsl.RunAsync(
            "pkeyutl",
            "-encrypt",
            "-pubin",
            "-keyform",
            "DER",
            "-inkey",
            directory.File("ephemeral.der"),
            "-in",
            directory.File("secret"),
            "-out",
            directory.File("encrypted"),
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha256",
            "-pkeyopt",
            "rsa_mgf1_md:sha256");
        await OpenSsl.RunAsync(
            "dgst", "-sha256", "-sign", directory.File("party.pem"), "-out", directory.File("signature"), directory.File("secret"));
        string described = await OpenSsl.RunAsync(
            "pkey", "-pubin", "-inform", "DER", "-in", directory.File("ephemeral.der"), "-noout", "-text");
        RecoveryProgress progress = await session.SubmitAsync(
            await File.ReadAllBytesAsync(directory.File("encrypted"), Cancellation),
            await File.ReadAllBytesAsync(directory.File("signature"), Cancellation),
            Cancellation);

        Assert.Equal("party 1", progress.Party);
        Assert.Contains("4096 bit", described, StringComparison.Ordinal);
    }

    [Fact]
    [Case("client-api", "The public key is the same each time")]
    public async Task PublicKey_AskedForTwice_IsTheSame()
    {
        using RecoverySession session = (await SealedDeployment.CreateAsync(0, Five[..1])).Open();

        Assert.Equal(await session.GetPublicKeyAsync(Cancellation), await session.GetPublicKeyAsync(Cancellation));
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "A secret encrypted with another key")]
    public async Task Submit_EncryptedForAnotherRun_IsRefusedWithAReason()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        using RecoverySession before = deployment.Open();
        using RecoverySession session = deployment.Open();
        using var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo((await before.GetPublicKeyAsync(Cancellation)).Span, out _);
        byte[] share = deployment.Shares["party 1"];
        byte[] encrypted = key.Encrypt(share, RSAEncryptionPadding.OaepSHA256);

        RecoveryException noKey = await RefusedAsync(session, encrypted, Five[0].Sign(share));
        await session.GetPublicKeyAsync(Cancellation);
        RecoveryException otherKey = await RefusedAsync(session, encrypted, Five[0].Sign(share));

        Assert.Equal((RecoveryFailure.NotDecrypted, RecoveryFailure.NotDecrypted), (noKey.Failure, otherKey.Failure));
        Assert.StartsWith("failed to decrypt recovery secret: ephemeral secret key not set", noKey.Message, StringComparison.Ordinal);
        Assert.StartsWith("failed to decrypt recovery secret: decryption error", otherKey.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        0,
        RecoveryFailure.InvalidLength,
        "failed to decrypt recovery secret: it has 0 bytes; a secret of this deployment has 33, and 512 when")]
    [InlineData(16, RecoveryFailure.InvalidLength, "setting recovery key: invalid secret length: it has 16 bytes")]
    [InlineData(32, RecoveryFailure.InvalidLength, "setting recovery key: invalid secret length: it has 32 bytes")]
    [InlineData(
        33,
        RecoveryFailure.UnknownSecret,
        "setting recovery key: uploaded an invalid or already used secret: it belongs to no recovery key")]
    [InlineData(256, RecoveryFailure.InvalidLength, "failed to decrypt recovery secret: it has 256 bytes")]
    [InlineData(512, RecoveryFailure.NotDecrypted, "failed to decrypt recovery secret: ephemeral secret key not set")]
    [InlineData(20480, RecoveryFailure.InvalidLength, "failed to decrypt recovery secret: it has 20480 bytes")]
    [Trait("Security", "F1")]
    [Case("state-and-sealing", "k of n: 33 bytes of 0xFF")]
    public async Task Submit_JunkOfAnyLength_IsRefusedWithAReason(int length, object failure, string message)
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(3, Five);
        using RecoverySession session = deployment.Open();
        byte[] junk = new byte[length];
        Array.Fill(junk, (byte)0xFF);

        RecoveryException exception = await RefusedAsync(session, junk, Five[0].Sign(junk));

        Assert.Equal(failure, exception.Failure);
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("state-and-sealing", "A wrong signature")]
    public async Task Submit_NotSignedByItsParty_IsRefusedAtOnceAndNothingIsSpoiled()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..2]);
        var state = new WaitingState(deployment.Blob);
        using RecoverySession session = deployment.Open(state);
        byte[] first = deployment.Shares["party 1"];
        byte[] second = deployment.Shares["party 2"];
        await deployment.SubmitAsync(session, Five[0]);

        RecoveryException[] refusals =
        [
            await RefusedAsync(session, second, []),
            await RefusedAsync(session, second, new byte[256]),
            await RefusedAsync(session, second, new byte[100_000]),
            await RefusedAsync(session, second, Five[1].Sign(first)),
            await RefusedAsync(session, second, Five[0].Sign(second)),
            await RefusedAsync(session, second, TestParty.Outsider.Sign(second)),
            await RefusedAsync(session, second, Five[1].Key.SignData(second, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
            await RefusedAsync(session, second, Five[1].Key.SignData(second, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)),
        ];

        Assert.All(refusals, r => Assert.Equal(RecoveryFailure.NotSigned, r.Failure));
        Assert.Contains("recovery public key \"party 2\"", refusals[3].Message, StringComparison.Ordinal);
        Assert.Equal(0, state.Openings);
        Assert.Equal(0, (await deployment.SubmitAsync(session, Five[1])).Remaining);
        Assert.NotNull(state.Adopted);
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Submit_UnsignedWithTheOptionForOldCallers_IsTakenButAWrongSignatureIsNot()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        var state = new WaitingState(deployment.Blob);
        using RecoverySession session = deployment.Open(state, allowUnsignedSecrets: true);
        byte[] share = deployment.Shares["party 1"];

        Assert.Equal(RecoveryFailure.NotSigned, (await RefusedAsync(session, share, TestParty.Outsider.Sign(share))).Failure);
        await session.SubmitAsync(share, default, Cancellation);

        Assert.NotNull(state.Adopted);
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Submit_SameSecretAtTheSameTime_IsTakenOnce()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(3, Five);
        using RecoverySession session = deployment.Open();
        byte[] signature = Five[0].Sign(deployment.Shares["party 1"]);

        RecoveryFailure?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            try
            {
                await session.SubmitAsync(deployment.Shares["party 1"], signature, Cancellation);
                return (RecoveryFailure?)null;
            }
            catch (RecoveryException exception)
            {
                return exception.Failure;
            }
        })));

        Assert.Single(outcomes, o => o is null);
        Assert.Equal(15, outcomes.Count(o => o == RecoveryFailure.AlreadyGiven));
        Assert.Equal(1, (await deployment.SubmitAsync(session, Five[1])).Remaining);
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Submit_ThousandsOfUnauthenticatedSecrets_CostNoOpeningAndSpoilNothing()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(2, Five);
        var state = new WaitingState(deployment.Blob);
        using RecoverySession session = deployment.Open(state);
        await deployment.SubmitAsync(session, Five[4]);
        byte[] signature = new byte[256];

        for (int i = 0; i < 5000; i++)
        {
            Assert.Equal(
                RecoveryFailure.UnknownSecret, (await RefusedAsync(session, RandomNumberGenerator.GetBytes(33), signature)).Failure);
        }

        Assert.Equal(0, state.Openings);
        Assert.Equal(0, (await deployment.SubmitAsync(session, Five[2])).Remaining);
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Submit_GarbageWhileAGenuineSecretIsProcessed_IsRefusedAtOnce()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        var state = new SlowState();
        using var session = new RecoverySession(RecoveryData.Read(deployment.Data), state);
        Task<RecoveryProgress> running = deployment.SubmitAsync(session, Five[0]);
        await state.Opening.Task.WaitAsync(Cancellation);
        byte[] junk = new byte[32];

        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(RecoveryFailure.UnknownSecret, (await RefusedAsync(session, junk, new byte[256])).Failure);
        }

        // A genuine but known secret gets its answer without waiting either.
        RecoveryException again = await Assert.ThrowsAsync<RecoveryException>(() => deployment.SubmitAsync(session, Five[0]));
        state.GoOn.SetResult(TestParty.KeysOf(0, Five[0]));

        Assert.Equal(RecoveryFailure.AlreadyGiven, again.Failure);
        Assert.Equal(0, (await running).Remaining);
        Assert.Equal(RecoveryFailure.NotInRecovery, (await RefusedAsync(session, junk, new byte[256])).Failure);
    }

    [Fact]
    [Case("state-and-sealing", "Nothing of a recovery is left when it is done")]
    public async Task Submit_AfterTheRecovery_IsRefusedLikeInAnyOtherState()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        using RecoverySession session = deployment.Open();
        await deployment.SubmitAsync(session, Five[0]);

        RecoveryException secret = await Assert.ThrowsAsync<RecoveryException>(() => deployment.SubmitAsync(session, Five[0]));
        RecoveryException publicKey = await Assert.ThrowsAsync<RecoveryException>(() => session.GetPublicKeyAsync(Cancellation));

        Assert.Equal(("server is not in expected state", "server is not in expected state"), (secret.Message, publicKey.Message));
    }

    [Fact]
    [Case("state-and-sealing", "No quote when the state is there")]
    public async Task Submit_LastOneWhileTheStateCannotBeAdopted_MayBeSentAgain()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..2]);
        var state = new WaitingState(deployment.Blob) { Trouble = new SealedStateException("no quote now") };
        using RecoverySession session = deployment.Open(state);
        await deployment.SubmitAsync(session, Five[0]);

        await Assert.ThrowsAsync<SealedStateException>(() => deployment.SubmitAsync(session, Five[1]));
        RecoveryProgress progress = await deployment.SubmitAsync(session, Five[1]);

        Assert.Equal(0, progress.Remaining);
        Assert.NotNull(state.Adopted);
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("state-and-sealing", "A state that does not open with the right secrets")]
    public async Task Submit_StateOfAnotherDeployment_DoesNotOpen()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        SealedDeployment other = await SealedDeployment.CreateAsync(0, Five[..1]);
        var state = new WaitingState(other.Blob);
        using RecoverySession session = deployment.Open(state);

        await Assert.ThrowsAsync<SealedStateException>(() => deployment.SubmitAsync(session, Five[0]));

        Assert.Null(state.Adopted);
    }

    /// <summary>
    /// The host writes a state of its own under the deployment's manifest, sealed with a key that it knows, with recovery data for its own
    /// keys. Relying parties would see the right manifest; the host would know the mesh's private keys.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Security", "F1")]
    [Case("state-and-sealing", "The manifest has other recovery keys than the secrets")]
    public async Task Submit_StateForgedByTheHost_IsRefused(bool sameNames)
    {
        using var known = new SealingKey(RandomNumberGenerator.GetBytes(SealingKey.Size));
        SealedDeployment genuine = await SealedDeployment.CreateAsync(known, 0, Five[0]);
        TestParty host = sameNames ? new TestParty(Five[0].Name) : TestParty.Outsider;
        SealedDeployment forged = await SealedDeployment.CreateAsync(known, 0, host);
        var state = new WaitingState(genuine.Blob);
        using RecoverySession session = forged.Open(state);

        RecoveryException exception = await Assert.ThrowsAsync<RecoveryException>(() => forged.SubmitAsync(session, host));

        Assert.Equal(RecoveryFailure.DamagedData, exception.Failure);
        Assert.StartsWith("recovery keys in manifest do not match the keys used for recovery", exception.Message, StringComparison.Ordinal);
        Assert.Null(state.Adopted);
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Submit_RecoveryDataWithAnotherTag_IsRefused()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        deployment.Data[^1] ^= 1;
        var state = new WaitingState(deployment.Blob);
        using RecoverySession session = deployment.Open(state);

        RecoveryException exception = await Assert.ThrowsAsync<RecoveryException>(() => deployment.SubmitAsync(session, Five[0]));

        Assert.Equal(RecoveryFailure.DamagedData, exception.Failure);
        Assert.Equal(0, state.Openings);
    }

    [Fact]
    public async Task Submit_DeploymentWithoutRecoveryKeys_SaysThatNothingCanBeRecovered()
    {
        using RecoverySession session = (await SealedDeployment.CreateAsync(0)).Open();

        RecoveryException exception = await RefusedAsync(session, new byte[32], new byte[256]);

        Assert.Equal("The manifest of the sealed state has no recovery keys; the state opens only where it was sealed.", exception.Message);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Texts_OfEverythingThatIsAnswered_HoldNoSecret()
    {
        using var key = new SealingKey(RandomNumberGenerator.GetBytes(SealingKey.Size));
        SealedDeployment deployment = await SealedDeployment.CreateAsync(key, 3, Five);
        using RecoverySession session = deployment.Open();
        byte[] share = deployment.Shares["party 1"];
        var texts = new List<string>
        {
            (await RefusedAsync(session, share, Five[1].Sign(share))).ToString(),
            (await RefusedAsync(session, share, [])).ToString(),
            (await RefusedAsync(session, share[1..], Five[1].Sign(share))).ToString(),
            (await deployment.SubmitAsync(session, Five[0])).ToString(),
            (await RefusedAsync(session, share, Five[0].Sign(share))).ToString(),
            (await deployment.SubmitAsync(session, Five[1])).ToString(),
            (await deployment.SubmitAsync(session, Five[2])).ToString(),
            (await RefusedAsync(session, share, Five[0].Sign(share))).ToString(),
            session.ToString()!,
            key.ToString()!,
            RecoverySecrets.Issue(key, TestParty.KeysOf(0, Five[0])).ToString(),
        };

        byte[][] secrets = [key.Bytes.ToArray(), .. deployment.Shares.Values];
        Assert.All(
            from secret in secrets from text in texts select (secret, text),
            pair => Assert.False(
                pair.text.Contains(Convert.ToBase64String(pair.secret[..24]), StringComparison.Ordinal)
                || pair.text.Contains(Convert.ToHexString(pair.secret[..24]), StringComparison.OrdinalIgnoreCase)));
        Assert.All(secrets, secret => Assert.Equal(-1, deployment.Data.AsSpan().IndexOf(secret)));
    }

    private static Task<RecoveryException> RefusedAsync(RecoverySession session, byte[] secret, byte[] signature) =>
        Assert.ThrowsAsync<RecoveryException>(() => session.SubmitAsync(secret, signature, Cancellation));

    private sealed class SlowState : IRecoverableState
    {
        public TaskCompletionSource Opening { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<RecoveryKeySet> GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

        public Task<RecoveryKeySet> OpenAsync(SealingKey key, CancellationToken cancellationToken)
        {
            Opening.SetResult();
            return GoOn.Task;
        }

        public Task AdoptAsync(SealingKey key) => Task.CompletedTask;
    }
}
