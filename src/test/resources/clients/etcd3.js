// What a program does with the npm package etcd3; prints a line for each step. Argument: the endpoint.
const { Etcd3 } = require('etcd3');

async function main() {
    const client = new Etcd3({ hosts: process.argv[2] });
    const say = (...words) => console.log(...words);

    await client.put('npm/a').value('1');
    say('get', await client.get('npm/a').string());
    await client.put('npm/b').value('2');
    say('all', JSON.stringify(await client.getAll().prefix('npm/').strings()));
    say('keys', (await client.getAll().prefix('npm/').sort('Key', 'Descend').keys()).join(','));
    say('count', await client.getAll().prefix('npm/').count());

    const swapped = await client.if('npm/a', 'Value', '==', '1').then(client.put('npm/a').value('3')).commit();
    const refused = await client.if('npm/a', 'Value', '==', '1').then(client.put('npm/a').value('4'))
        .else(client.get('npm/a')).commit();
    say('txn', swapped.succeeded, refused.succeeded, refused.responses[0].response_range.kvs[0].value.toString());

    const watcher = await client.watch().prefix('npm/w').create();
    const seen = [];
    const both = new Promise(resolve => {
        watcher.on('put', kv => { seen.push('put ' + kv.key + ' ' + kv.value); });
        watcher.on('delete', kv => { seen.push('delete ' + kv.key); resolve(); });
    });
    await client.put('npm/w1').value('x');
    await client.delete().key('npm/w1');
    await both;
    say('watch', seen.join(', '));
    await watcher.cancel();

    const lease = client.lease(5);
    await lease.put('npm/leased').value('alive');
    say('lease', await client.get('npm/leased').string());
    await lease.revoke();
    say('revoked', await client.get('npm/leased').string());

    const lock = client.lock('npm/lock');
    await lock.acquire();
    let second = 'got the lock';
    await client.lock('npm/lock').ttl(5).acquire().catch(e => { second = e.constructor.name; });
    await lock.release();
    say('lock', second);

    const election = client.election('npm/office', 5);
    const campaign = election.campaign('me');
    await new Promise(resolve => campaign.once('elected', resolve));
    say('leader', await election.leader());
    await campaign.resign();

    say('deleted', (await client.delete().prefix('npm/')).deleted);
    await client.put('npm/none').value('').ignoreLease().exec().catch(e => say('error', e.constructor.name));
    client.close();
}

main().catch(e => { console.error(e); process.exit(1); });
