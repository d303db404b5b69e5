/* What the settings pages do by themselves: the list of models, the checks, and the preview of how the chat looks. */
( function ( { i18n } ) {
	const { __, sprintf } = i18n;
	const { ajax, models, checks, owner, isRemote } = window.candorAdmin;
	const field = ( name ) => document.getElementById( `candor-${ name }` );
	const value = ( name ) => field( name )?.value ?? '';
	const told = field( 'told' );
	const say = ( words ) => {
		told.textContent = words;
	};
	const unreachable = __( 'The site does not answer. Check the connection, then try again.', 'candor' );

	/** The models of the connection as it is typed, saved or not. */
	async function loadModels() {
		say( __( 'Asking the provider…', 'candor' ) );
		const body = new URLSearchParams( {
			action: 'candor_models',
			_ajax_nonce: models,
			provider: value( 'provider' ),
			base_url: value( 'base-url' ),
			api_key: value( 'api-key' ),
		} );
		try {
			const answer = await ( await fetch( ajax, { method: 'POST', body, credentials: 'same-origin' } ) ).json();
			if ( answer.error ) {
				say( answer.status ? `${ answer.error } (${ answer.status })` : answer.error );
				return;
			}
			field( 'models' ).replaceChildren( ...answer.models.map( ( name ) => Object.assign( document.createElement( 'option' ), { value: name } ) ) );
			// translators: %d: how many
			say( sprintf( __( '%d models. Choose one in the field “Model”.', 'candor' ), answer.models.length ) );
			field( 'model' ).focus();
		} catch {
			say( unreachable );
		}
	}

	/** Reads server-sent events: calls back with the name and the data of each. */
	async function readEvents( response, onEvent ) {
		const reader = response.body.pipeThrough( new TextDecoderStream() ).getReader();
		let text = '';
		for (;;) {
			const { done, value: piece } = await reader.read();
			if ( done ) {
				return;
			}
			text += piece;
			const blocks = text.split( '\n\n' );
			text = blocks.pop();
			for ( const block of blocks ) {
				const name = block.match( /^event: (.*)$/m );
				const data = block.match( /^data: (.*)$/m );
				if ( name && data ) {
					onEvent( name[ 1 ], JSON.parse( data[ 1 ] ) );
				}
			}
		}
	}

	/** One check as a line: what was tried, what came back, and the provider's own words. */
	function line( { outcome, tried, evidence, problem } ) {
		const item = document.createElement( 'li' );
		item.className = `is-${ outcome }`;
		const names = { pass: __( 'Works', 'candor' ), warning: __( 'Works, with a limit', 'candor' ), failure: __( 'Does not work', 'candor' ) };
		const head = document.createElement( 'strong' );
		head.textContent = `${ names[ outcome ] }: `;
		item.append( head, `${ tried }. ${ evidence }` );
		const { type, code, message, text } = problem?.upstream ?? {};
		if ( message || text ) {
			const words = document.createElement( 'p' );
			words.textContent = `API Error Type: ${ type ?? code ?? 'none given' } Message: ${ message ?? text }`;
			item.append( words );
		}
		return item;
	}

	async function runChecks() {
		const list = field( 'checks' );
		list.replaceChildren();
		list.hidden = false;
		say( __( 'Checking…', 'candor' ) );
		try {
			// Fetched when it is needed: one that the page had brought along would have become stale.
			const { token } = await ( await fetch( owner, { credentials: 'same-origin' } ) ).json();
			const headers = { authorization: `Bearer ${ token }`, 'candor-authorization': `Bearer ${ token }` };
			const response = await fetch( checks, { method: 'POST', credentials: 'omit', headers } );
			if ( ! response.ok ) {
				const words = await response.text();
				say( `${ response.status } ${ words.slice( 0, 300 ) }` );
				return;
			}
			await readEvents( response, ( name, data ) => {
				if ( name === 'check' ) {
					list.append( line( data ) );
				}
			} );
			say( __( 'The checks are done. Diagnostics explains what did not work.', 'candor' ) );
		} catch {
			say( unreachable );
		}
	}

	/** The chat in the corner takes on what is chosen. */
	function preview() {
		const chat = document.querySelector( 'candor-chat' );
		const show = () => {
			const theme = value( 'theme' );
			if ( theme === 'auto' ) {
				delete chat.dataset.theme;
			} else {
				chat.dataset.theme = theme;
			}
			chat.dataset.position = value( 'position' );
			const accent = value( 'accent' );
			if ( accent ) {
				chat.style.setProperty( '--candor-accent', accent );
			} else {
				chat.style.removeProperty( '--candor-accent' );
			}
		};
		for ( const name of [ 'theme', 'position', 'accent' ] ) {
			field( name ).addEventListener( 'input', show );
			field( name ).addEventListener( 'change', show );
		}
		// WordPress's own colour field is of jQuery.
		window.jQuery?.( field( 'accent' ) ).wpColorPicker?.( { change: () => setTimeout( show ), clear: () => setTimeout( show ) } );
	}

	/** Fields that have no meaning under another choice are out of the way. */
	function only( choice, wanted, names ) {
		const select = field( choice );
		const show = () => {
			for ( const name of names ) {
				field( name )?.closest( 'tr' )?.toggleAttribute( 'hidden', ! wanted.includes( select.value ) );
			}
		};
		select?.addEventListener( 'change', show );
		if ( select ) {
			show();
		}
	}

	for ( const [ name, act ] of [ [ 'load-models', loadModels ], [ 'run-checks', runChecks ] ] ) {
		const button = field( name );
		// One at a time.
		button?.addEventListener( 'click', async () => {
			button.disabled = true;
			await act();
			button.disabled = false;
		} );
		button?.removeAttribute( 'disabled' );
	}
	if ( isRemote && field( 'run-checks' ) ) {
		field( 'run-checks' ).hidden = true;
	}
	only( 'mode', [ 'remote' ], [ 'remote-url' ] );
	only( 'mode', [ 'php' ], [ 'provider' ] );
	only( 'provider', [ 'openai' ], [ 'base-url', 'api-key', 'model', 'max-tokens', 'reply-timeout', 'stall-timeout' ] );
	only( 'where', [ 'only', 'except' ], [ 'paths' ] );
	if ( field( 'accent' ) ) {
		preview();
	}

	/** What is deleted does not come back. */
	const confirmed = ( event ) => {
		if ( ! window.confirm( __( 'Delete for good? This cannot be undone.', 'candor' ) ) ) {
			event.preventDefault();
		}
	};
	const page = document.querySelector( '.candor' );
	page?.addEventListener( 'click', ( event ) => event.target.closest( '.submitdelete, .button-link-delete' ) && confirmed( event ) );
	page?.addEventListener( 'submit', ( event ) => {
		const chosen = event.target.querySelectorAll( 'input[name="conversation[]"]:checked' ).length;
		const deletes = [ 'action', 'action2' ].some( ( name ) => event.target.elements[ name ]?.value === 'delete' );
		return chosen && deletes && confirmed( event );
	} );
} )( window.wp );
