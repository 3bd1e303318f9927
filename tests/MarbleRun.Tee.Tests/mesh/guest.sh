# Part of the guest's first process. mesh_port, trusted_port and other_port are set before it.
mkdir -p /state && chown 1000:1000 /state
for module in failover net_failover virtio_net configfs tsm; do
    insmod "/lib/modules/$module.ko"
done
mount -t configfs none /sys/kernel/config
ifconfig lo up
ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
route add default gw 10.0.2.2

# Root gets the evidence; the service has another user.
launch() {
    EDG_MARBLE_COORDINATOR_ADDR=10.0.2.2:$mesh_port EDG_MARBLE_TYPE=service EDG_MARBLE_UUID_FILE=/state/uuid-$provider \
        /app/marblerun-premain --user 1000:1000 -- \
        /bin/sh -c 'echo "the secret is $SECRET"; echo "the user is $(id -u):$(id -g)"'
    echo "== exit code $?"
}

for provider in tdx_guest sev_guest; do
    insmod /lib/modules/mr_test_tee.ko provider=$provider

    # The module's own evidence, which is not signed.
    echo "== $provider unsigned"
    launch

    for signer in trusted:$trusted_port other:$other_port; do
        /bin/relay 10.0.2.2 "${signer#*:}" $provider &
        relay=$!
        sleep 1
        echo "== $provider ${signer%:*}"
        launch
        kill $relay
        wait $relay
    done
    rmmod mr_test_tee
done
